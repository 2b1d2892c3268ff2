// SPDX-License-Identifier: Apache-2.0

/// What is tried with octets from anywhere. libFuzzer (`Scripts/fuzz.sh`) and the tests call the same entries.
package enum FuzzTarget: String, Sendable, CaseIterable {
  /// The octets are a message: our two readers agree, and what was read is written and read again.
  case message
  /// The octets are a message that a client sends: the reply is well-formed.
  case answer
  /// The octets are changes of Services, slices, pods and namespaces: an index that saw them one after the other
  /// answers as one that saw only what came of them.
  case zone
  /// The octets are a list or a watch of an API server: it is read the same however it comes.
  case objects

  /// Tries `input`. Throws where something does not hold; a crash speaks for itself.
  package func run(_ input: [UInt8]) throws(FuzzFailure) {
    switch self {
    case .message: try MessageTarget.run(input)
    case .answer: try AnswerTarget.run(input)
    case .zone: try ZoneTarget.run(input)
    case .objects: try ObjectTarget.run(input)
    }
  }

  /// Inputs to start from.
  package var seeds: [[UInt8]] {
    switch self {
    case .message: SeedMessages.requests + SeedMessages.replies
    case .answer: SeedMessages.requests.flatMap { request in AnswerTarget.modes.map { [$0] + request } }
    case .zone: ZoneTarget.seeds
    case .objects: ObjectTarget.seeds
    }
  }
}

/// Something that ought to hold and does not.
package struct FuzzFailure: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  /// Throws unless `condition` holds.
  static func unless(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFailure) {
    if !condition { throw FuzzFailure(description()) }
  }
}
