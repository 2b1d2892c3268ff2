// SPDX-License-Identifier: Apache-2.0

/// Walks through the sections of a message, record after record. It keeps a place in the message, not the message:
/// each call gets that as an argument.
package struct MessageReader: Sendable {
  /// Where the next field begins.
  package private(set) var offset: Int

  /// Pointers in one name: as many as it can have labels (RFC 1035 §2.3.4).
  package static let maximumPointers = 127

  package init(offset: Int) { self.offset = offset }

  /// A record without its name and data: the fixed fields, and where the data is.
  package struct RecordFrame: Hashable, Sendable {
    package var isRootOwned: Bool
    package var type: RecordType
    package var recordClass: RecordClass
    package var ttl: UInt32
    package var data: Range<Int>
  }

  /// Reads the name here and goes on behind it.
  ///
  /// A compression pointer must point before the octets that were read so far (RFC 1035 §4.1.4: "a prior
  /// occurrence"), so a chain of pointers gets nearer to the message's start with each step and ends. A name that
  /// needs more than `maximumPointers` is made to cost time.
  package mutating func readName(_ message: borrowing RawSpan) throws(WireError) -> Name {
    var wire: [UInt8] = []
    var place = offset
    var lowest = offset
    var end: Int?
    var pointers = 0
    while true {
      let size = try message.octet(at: place)
      switch size {
      case 0:
        wire.append(0)
        offset = end ?? place + 1
        return Name(uncheckedWire: wire)
      case 1..<0x40:
        guard wire.count + Int(size) + 1 < Name.maximumLength else { throw .nameTooLong }
        wire += try message.octets(in: place..<(place + 1 + Int(size)))
        place += 1 + Int(size)
      case 0xC0...:
        let target = Int(try message.bigEndian16(at: place) & 0x3FFF)
        pointers += 1
        guard target < lowest, pointers <= Self.maximumPointers else { throw .badPointer }
        if end == nil { end = place + 2 }
        lowest = target
        place = target
      default:
        throw .reservedLabelType
      }
    }
  }

  /// Goes behind the name here without following pointers. True if it is the root.
  package mutating func skipName(_ message: borrowing RawSpan) throws(WireError) -> Bool {
    let start = offset
    while true {
      let size = try message.octet(at: offset)
      switch size {
      case 0:
        offset += 1
        return offset == start + 1
      case 1..<0x40:
        offset += 1 + Int(size)
        guard offset - start < Name.maximumLength else { throw .nameTooLong }
      case 0xC0...:
        guard Int(try message.bigEndian16(at: offset) & 0x3FFF) < start else { throw .badPointer }
        offset += 2
        return false
      default:
        throw .reservedLabelType
      }
    }
  }

  /// Goes behind the question here.
  package mutating func skipQuestion(_ message: borrowing RawSpan) throws(WireError) {
    _ = try skipName(message)
    guard offset + 4 <= message.byteCount else { throw .truncated }
    offset += 4
  }

  /// Goes behind the record here, whose owner is not read.
  package mutating func skipRecord(_ message: borrowing RawSpan) throws(WireError) -> RecordFrame {
    let isRootOwned = try skipName(message)
    return try readFrame(message, isRootOwned: isRootOwned)
  }

  /// Reads the fixed fields here and goes behind the data.
  package mutating func readFrame(
    _ message: borrowing RawSpan, isRootOwned: Bool
  ) throws(WireError) -> RecordFrame {
    let dataStart = offset + 10
    let dataEnd = dataStart + Int(try message.bigEndian16(at: offset + 8))
    guard dataEnd <= message.byteCount else { throw .truncated }
    let frame = RecordFrame(
      isRootOwned: isRootOwned, type: RecordType(rawValue: try message.bigEndian16(at: offset)),
      recordClass: RecordClass(rawValue: try message.bigEndian16(at: offset + 2)),
      ttl: try message.bigEndian32(at: offset + 4), data: dataStart..<dataEnd)
    offset = dataEnd
    return frame
  }
}
