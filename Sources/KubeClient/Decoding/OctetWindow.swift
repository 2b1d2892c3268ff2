// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Octets of a body that have come and are still needed: the piece that is not whole yet, and what came with its end.
struct OctetWindow: Sendable {
  private(set) var octets: [UInt8] = []
  /// Where what is needed begins.
  private(set) var start = 0

  var count: Int { octets.count - start }

  /// What is needed, by offsets of `octets`.
  var range: Range<Int> { start..<octets.count }

  /// Takes a piece of the body. What is no longer needed goes first, so that the memory is that of the largest piece.
  mutating func append(_ buffer: ByteBuffer) {
    if start > 0 {
      octets.removeSubrange(..<start)
      start = 0
    }
    octets.append(contentsOf: buffer.readableBytesView)
  }

  /// Lets the first octets go.
  mutating func consume(_ count: Int) { start += count }
}

/// A part of a list that is whole: offsets of the window's octets.
enum ListPiece: Hashable {
  /// One object.
  case item(Range<Int>)
  /// The list's own metadata.
  case metadata(Range<Int>)
}
