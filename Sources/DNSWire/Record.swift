// SPDX-License-Identifier: Apache-2.0

/// One record that owns its octets.
package struct Record: Hashable, Sendable {
  package var name: Name
  package var type: RecordType
  package var recordClass: RecordClass
  /// Seconds. A value with the top bit set was read as 0 (RFC 2181 §8).
  package var ttl: UInt32
  /// RDATA in wire format, with every name in it uncompressed.
  package var data: [UInt8]

  package init(
    name: Name, type: RecordType, recordClass: RecordClass = .internet, ttl: UInt32, data: [UInt8]
  ) {
    self.name = name
    self.type = type
    self.recordClass = recordClass
    self.ttl = ttl
    self.data = data
  }
}

extension MessageReader {
  /// Reads the record here and goes behind it.
  package mutating func readRecord(_ message: borrowing RawSpan) throws(WireError) -> Record {
    let name = try readName(message)
    let frame = try readFrame(message, isRootOwned: name == .root)
    return Record(
      name: name, type: frame.type, recordClass: frame.recordClass,
      ttl: frame.ttl > UInt32(Int32.max) && frame.type != .opt ? 0 : frame.ttl,
      data: try Self.readData(message, frame))
  }

  /// RDATA with its names written out. Only the types of RFC 1035, and those that older software compresses
  /// (RFC 3597 §4), can hold compressed names; all others are copied as they are.
  private static func readData(
    _ message: borrowing RawSpan, _ frame: RecordFrame
  ) throws(WireError) -> [UInt8] {
    guard let layout = DataLayout(frame.type) else { return try message.octets(in: frame.data) }
    let leadEnd = frame.data.lowerBound + layout.leadLength
    guard leadEnd <= frame.data.upperBound else { throw .badRecordData }
    var data = try message.octets(in: frame.data.lowerBound..<leadEnd)
    var reader = MessageReader(offset: leadEnd)
    for _ in 0..<layout.nameCount {
      data += try reader.readName(message).wire
    }
    guard reader.offset + layout.tailLength == frame.data.upperBound else { throw .badRecordData }
    return data + (try message.octets(in: reader.offset..<frame.data.upperBound))
  }
}

extension Record {
  /// Whether the data is what its type has: the fixed octets, and whole names without pointers.
  package var isWellFormed: Bool {
    guard let layout = DataLayout(type) else { return data.count <= Int(UInt16.max) }
    var offset = layout.leadLength
    for _ in 0..<layout.nameCount {
      let start = offset
      var size = 1
      while size > 0 {
        guard offset < data.count, data[offset] < 0x40 else { return false }
        size = Int(data[offset])
        offset += 1 + size
      }
      guard offset - start <= Name.maximumLength else { return false }
    }
    return offset + layout.tailLength == data.count
  }
}

/// RDATA that is some fixed octets, names, and fixed octets again.
struct DataLayout {
  let leadLength: Int
  let nameCount: Int
  let tailLength: Int

  /// `nil` for types whose data holds no names, or none that may be compressed.
  init?(_ type: RecordType) {
    switch type {
    case .ns, .cname, .ptr, .dname: (leadLength, nameCount, tailLength) = (0, 1, 0)
    case .soa: (leadLength, nameCount, tailLength) = (0, 2, 20)
    case .mx: (leadLength, nameCount, tailLength) = (2, 1, 0)
    case .srv: (leadLength, nameCount, tailLength) = (6, 1, 0)
    default: return nil
    }
  }
}
