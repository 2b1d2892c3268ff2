// SPDX-License-Identifier: Apache-2.0

/// The configuration of CoreDNS, read but not understood: blocks of directives.
///
/// Source: the "Configuration" page of CoreDNS' manual, and the Caddyfile's syntax, from which it comes.
struct Corefile: Hashable, Sendable {
  /// One server block: what is served, and how.
  struct Block: Hashable, Sendable {
    /// `.:53`, `tls://example.org:853`, `10.0.0.0/24`.
    var keys: [String]
    var line: Int
    var directives: [Directive]
  }

  /// A line of a block: a plugin with its arguments, and lines of its own in braces.
  struct Directive: Hashable, Sendable {
    var name: String
    var arguments: [String]
    var line: Int
    var body: [Directive] = []

    /// The line as it was written, without what is in braces.
    var text: String { ([name] + arguments).joined(separator: " ") }
  }

  var blocks: [Block]
  /// What is not in the file itself, or cannot be used.
  var notes: [CorefileNote]
}

/// A line of a Corefile that did not become a setting.
package struct CorefileNote: Hashable, Sendable, CustomStringConvertible {
  package var line: Int
  /// The line, or the part of it that is meant.
  package var text: String
  package var reason: String
  /// Whether clients may be answered otherwise than before.
  package var changesAnswers: Bool

  package var description: String {
    let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    return "\(line): \(oneLine): \(reason)\(changesAnswers ? " (answers can differ)" : "")"
  }
}

/// A Corefile that cannot be read.
package struct CorefileError: Error, Hashable, Sendable, CustomStringConvertible {
  package var line: Int
  package var message: String

  package var description: String { "\(line): \(message)" }
}
