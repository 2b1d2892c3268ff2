// SPDX-License-Identifier: Apache-2.0

// How requests end.
extension ReflectorMachine {
  /// Why everything is read.
  package enum Reason: String, CaseIterable, Hashable, Sendable {
    case first
    /// The server no longer knows the version from which changes were wanted.
    case expired
    /// Octets that are no event or object, an answer of another type, or watches in a row that told nothing.
    case undecodable
    /// The server ended a watch with an error, or would not begin one.
    case refused
    /// A watch told of a version before the one from which it began.
    case goneBack = "gone-back"
  }

  /// How a request failed.
  package enum Failure: Hashable, Sendable {
    case refused(ServerStatus)
    /// No connection, or it ended in the middle.
    case disconnected
    /// Octets that make no sense.
    case undecodable
    /// An answer of a type that no API server sends: of a proxy, or a page to log in.
    case foreign
    /// Nothing came for too long.
    case silent
    /// A watch that was to begin with all objects does not tell where they end.
    case misunderstood
    /// A version before the one from which changes were asked for.
    case goneBack

    /// The server, or what stands before it, did answer.
    var isAnswer: Bool {
      switch self {
      case .refused, .undecodable, .foreign, .misunderstood, .goneBack: true
      case .disconnected, .silent: false
      }
    }

    /// The version is forgotten.
    var isExpiry: Bool { if case .refused(let status) = self { status.code == 410 } else { false } }
  }

  /// Whether a server that refuses so does not know watches that begin with all objects.
  static func endsWatchList(_ refusal: ServerStatus) -> Bool {
    [400, 404, 405, 406, 415, 422].contains(refusal.code)
  }

  /// How a watch ended.
  package struct WatchEnd: Hashable, Sendable {
    /// `nil`: the server ended it.
    package var failure: Failure?
    /// The newest version that was told; `nil`: none.
    package var version: UInt64?
    /// All objects that there are have been told, and the end of them.
    package var isComplete: Bool
    /// It told something new, or was open for a while.
    package var wasOfUse: Bool
    /// It ended at once, whatever it told.
    package var isShort: Bool

    /// It told nothing at all, not even a version, though the server let it be.
    var isEmpty: Bool { version == nil && (failure == nil || failure == .silent) }

    package init(
      _ failure: Failure? = nil, version: UInt64?, isComplete: Bool, wasOfUse: Bool, isShort: Bool = false
    ) {
      self.failure = failure
      self.version = version
      self.isComplete = isComplete
      self.wasOfUse = wasOfUse
      self.isShort = isShort
    }
  }
}
