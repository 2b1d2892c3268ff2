// SPDX-License-Identifier: Apache-2.0

/// Reads what conmon writes of a container's output: a line each, `TIME STREAM TAG text`, where the tag `P` marks a
/// part of a line that goes on.
package enum ContainerLog {
  /// Octets of a log that are read; conmon begins the file anew before.
  package static let maximumSize = 64 << 20

  /// A piece of output, as the container wrote it.
  package struct Line: Sendable, Hashable {
    /// Whether it went to standard error.
    package var isError: Bool
    /// With its line feed, if it had one.
    package var bytes: [UInt8]
  }

  /// The pieces in their order; lines of another form are passed over.
  package static func lines(_ log: [UInt8]) -> [Line] {
    log.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count == 4, fields[1].elementsEqual("stdout".utf8) || fields[1].elementsEqual("stderr".utf8)
      else { return nil }
      let isWhole = fields[2].elementsEqual("F".utf8)
      return Line(
        isError: fields[1].elementsEqual("stderr".utf8), bytes: fields[3] + (isWhole ? [UInt8(ascii: "\n")] : []))
    }
  }
}
