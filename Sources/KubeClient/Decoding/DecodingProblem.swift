// SPDX-License-Identifier: Apache-2.0

/// Octets of an API server that are not what they should be, or are too many.
package struct DecodingProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ text: String) { description = text }

  /// Characters of what was found that an error shows.
  static let shown = 80
}

extension String {
  /// At most so many characters, as part of one line of a log, whatever a server put in.
  func line(of limit: Int) -> String {
    String(prefix(limit).map { $0.isNewline || $0.isUnseen ? " " : $0 })
  }
}

extension Character {
  /// It moves what stands around it, or shows as nothing: a control character, or one of format.
  fileprivate var isUnseen: Bool {
    unicodeScalars.contains { [.control, .format].contains($0.properties.generalCategory) }
  }
}

/// How much of what an API server sends is held at one time.
package struct DecodingLimits: Hashable, Sendable {
  /// Octets of one object. An API server takes 3 MiB, and etcd half of that.
  package var object = 8 << 20
  /// Octets of what stands beside the objects of a list, and of an answer that is an error.
  package var metadata = 64 << 10

  package init() {}
}
