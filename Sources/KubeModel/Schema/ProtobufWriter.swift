// SPDX-License-Identifier: Apache-2.0

/// Writes the fields of one protobuf message, one after the other: the counterpart of ``ProtobufReader``.
///
/// Source: "Encoding" of the Protocol Buffers documentation.
package struct ProtobufWriter {
  package private(set) var octets: [UInt8] = []

  package init(capacity: Int = 0) {
    octets.reserveCapacity(capacity)
  }

  /// A number, or a truth as 0 or 1; negative ones take ten octets, as the format has it.
  package mutating func number(_ field: Int, _ value: Int64) {
    octets.appendProtobufTag(field, wireType: 0)
    octets.appendProtobufNumber(UInt64(bitPattern: value))
  }

  package mutating func double(_ field: Int, _ value: Double) {
    octets.appendProtobufTag(field, wireType: 1)
    var bits = value.bitPattern
    for _ in 0..<8 {
      octets.append(UInt8(truncatingIfNeeded: bits))
      bits >>= 8
    }
  }

  package mutating func text(_ field: Int, _ value: String) {
    octets.appendProtobufTag(field, wireType: 2)
    octets.appendProtobufNumber(UInt64(value.utf8.count))
    octets += value.utf8
  }

  package mutating func bytes(_ field: Int, _ value: [UInt8]) {
    octets.appendProtobufTag(field, wireType: 2)
    octets.appendProtobufNumber(UInt64(value.count))
    octets += value
  }

  /// A message within the message, which stays where it is when it is empty.
  package mutating func message(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
    octets.appendProtobufTag(field, wireType: 2)
    lengthPrefixed(body)
  }

  /// As ``message(_:_:)``; an empty one is left out.
  mutating func messageUnlessEmpty(_ field: Int, _ body: (inout ProtobufWriter) -> Void) {
    let start = octets.count
    octets.appendProtobufTag(field, wireType: 2)
    let end = octets.count + 1
    lengthPrefixed(body)
    if octets.count == end { octets.removeSubrange(start...) }
  }

  /// Nearly all messages are shorter than 128 octets, so that their length fits the one octet that is kept free for it.
  private mutating func lengthPrefixed(_ body: (inout ProtobufWriter) -> Void) {
    let place = octets.count
    octets.append(0)
    body(&self)
    let length = octets.count - place - 1
    if length < 0x80 {
      octets[place] = UInt8(length)
    } else {
      var prefix: [UInt8] = []
      prefix.appendProtobufNumber(UInt64(length))
      octets.replaceSubrange(place...place, with: prefix)
    }
  }
}

extension [UInt8] {
  /// The field's number and how its value is written: 0 a number, 1 eight octets, 2 a length and that many octets.
  package mutating func appendProtobufTag(_ field: Int, wireType: UInt64) {
    appendProtobufNumber(UInt64(field) << 3 | wireType)
  }

  /// Seven bits an octet, the lowest first.
  package mutating func appendProtobufNumber(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  /// Octets that ``appendProtobufNumber(_:)`` writes.
  package static func protobufNumberSize(_ value: UInt64) -> Int {
    (UInt64.bitWidth - (value | 1).leadingZeroBitCount + 6) / 7
  }
}
