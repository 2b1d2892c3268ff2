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
  /// (RFC 3597 §4: all of them but SIG, NXT and NAPTR, whose names nobody compresses any more), can hold compressed
  /// names; all others are copied as they are.
  /// - Throws: `.badRecordData` for data that its type cannot have.
  private static func readData(
    _ message: borrowing RawSpan, _ frame: RecordFrame
  ) throws(WireError) -> [UInt8] {
    guard let layout = DataLayout(frame.type) else {
      let data = try message.octets(in: frame.data)
      guard frame.type.admits(data, frame.recordClass) else { throw .badRecordData }
      return data
    }
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
  /// Whether the data is what its type has: the fixed octets, whole names without pointers, and whole strings.
  package var isWellFormed: Bool {
    guard let layout = DataLayout(type) else {
      return data.count <= Int(UInt16.max) && type.admits(data, recordClass)
    }
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

extension RecordType {
  /// Whether data without names can be data of this type: an address is all of it, and a text is one string or more,
  /// each with its length in front (RFC 1035 §3.4.1, §3.3.14, RFC 3596 §2.2).
  fileprivate func admits(_ data: [UInt8], _ recordClass: RecordClass) -> Bool {
    switch self {
    // An address of another class has another form.
    case .a: return recordClass != .internet || data.count == 4
    case .aaaa: return recordClass != .internet || data.count == 16
    case .txt:
      var offset = 0
      while offset < data.count { offset += 1 + Int(data[offset]) }
      return offset == data.count && offset > 0
    default: return true
    }
  }
}

/// RDATA of types that this server knows only to pass on (RFC 1035 §3.3, RFC 1183, RFC 2163).
private enum PassedType {
  static let (md, mf, mb, mg, mr, minfo): (UInt16, UInt16, UInt16, UInt16, UInt16, UInt16) = (3, 4, 7, 8, 9, 14)
  static let (rp, afsdb, rt, px): (UInt16, UInt16, UInt16, UInt16) = (17, 18, 21, 26)
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
    default:
      switch type.rawValue {
      case PassedType.md, PassedType.mf, PassedType.mb, PassedType.mg, PassedType.mr:
        (leadLength, nameCount, tailLength) = (0, 1, 0)
      case PassedType.minfo, PassedType.rp: (leadLength, nameCount, tailLength) = (0, 2, 0)
      case PassedType.afsdb, PassedType.rt: (leadLength, nameCount, tailLength) = (2, 1, 0)
      case PassedType.px: (leadLength, nameCount, tailLength) = (2, 2, 0)
      default: return nil
      }
    }
  }
}
