// SPDX-License-Identifier: Apache-2.0

// What is to be done.
extension ReflectorMachine {
  package enum Step: Hashable, Sendable {
    case wait(Duration)
    /// The server does not answer: until then, or until it answers another machine again, which is to be told with
    /// `wasWoken`.
    case waitForAnswer(Duration)
    case list(List)
    case watch(Watch)

    var isRequest: Bool {
      switch self {
      case .list, .watch: true
      case .wait, .waitForAnswer: false
      }
    }
  }

  /// A list, or a page of one.
  package struct List: Hashable, Sendable {
    /// `resourceVersion`; `nil`: the newest that there is.
    package var version: UInt64?
    /// `limit`; `nil`: all at once.
    package var limit: Int?
    package var continueToken = ""
  }

  package struct Watch: Hashable, Sendable {
    /// Changes after this version are told; with `isInitial`, the objects are to be no older.
    package var version: UInt64?
    /// It begins with all objects that there are.
    package var isInitial: Bool
  }
}
