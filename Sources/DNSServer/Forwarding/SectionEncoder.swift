// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Encodes the records that stand behind a question, names compressed against each other and against the question's
/// name (RFC 1035 §4.1.4). What comes out fits behind any question for that name, whatever its letter case; or behind
/// one beginning of an answer.
struct SectionEncoder {
  /// Places that are remembered to point to; later names are written out.
  private static let maximumPlaces = 128

  /// Records as they stand in a message.
  private(set) var octets: [UInt8] = []
  /// Where in `octets` the TTLs are.
  private(set) var ttlOffsets: [UInt16] = []
  /// Whether a record was left out, because no message could hold it.
  private(set) var isCut = false
  /// Where in the message `octets` begin.
  private let base: Int
  /// Octets that the message may have.
  private let limit: Int
  /// Names, and ends of names, that are in the message: lower case, the root label included.
  private var places: [(name: ArraySlice<UInt8>, offset: Int)] = []

  init(behind question: Name) {
    base = Header.length + question.wire.count + 4
    limit = StreamConnection.messageLimit - EDNS.bareLength
    remember(question.lowercased.wire[...], at: Header.length)
  }

  /// - Parameters:
  ///   - beginning: header, question, and CNAME records that lead to `target`, if there are any.
  ///   - limit: octets that the message may have.
  init(behind beginning: [UInt8], leadingTo target: Name, limit: Int) {
    base = beginning.count
    self.limit = limit
    let name = beginning[Header.length...]
    remember(ArraySlice(name[..<Self.end(of: name)].map(\.asciiLowercased)), at: Header.length)
    // The last CNAME record ends with its target, which is written in full.
    if beginning.suffix(target.wire.count).elementsEqual(target.wire) {
      remember(target.lowercased.wire[...], at: base - target.wire.count)
    }
  }

  /// Appends a record. Without effect once one did not fit.
  /// - Returns: whether it is there.
  mutating func append(_ record: Record) -> Bool {
    if isCut { return false }
    let start = octets.count
    write(record.name.wire[...])
    append(record.type.rawValue)
    append(record.recordClass.rawValue)
    let ttlOffset = octets.count
    append(UInt16(truncatingIfNeeded: record.ttl >> 16))
    append(UInt16(truncatingIfNeeded: record.ttl))
    let lengthOffset = octets.count
    append(0)
    write(record.data, of: record.type)
    let length = octets.count - lengthOffset - 2
    octets[lengthOffset] = UInt8(truncatingIfNeeded: length >> 8)
    octets[lengthOffset + 1] = UInt8(truncatingIfNeeded: length)
    guard base + octets.count <= limit else {
      octets.removeSubrange(start...)
      isCut = true
      return false
    }
    ttlOffsets.append(UInt16(ttlOffset))
    return true
  }

  /// Only the types of RFC 1035 may hold compressed names (RFC 3597 §4).
  private mutating func write(_ data: [UInt8], of type: RecordType) {
    let lead: Int
    let names: Int
    switch type {
    case .ns, .cname, .ptr: (lead, names) = (0, 1)
    case .mx: (lead, names) = (2, 1)
    case .soa: (lead, names) = (0, 2)
    default:
      octets += data
      return
    }
    octets += data[..<lead]
    var rest = data[lead...]
    for _ in 0..<names {
      let end = Self.end(of: rest)
      write(rest[..<end])
      rest = rest[end...]
    }
    octets += rest
  }

  /// Where the name ends with which `octets` begin. Records hold whole names: `MessageReader` has read them.
  private static func end(of octets: ArraySlice<UInt8>) -> Int {
    var offset = octets.startIndex
    while octets[offset] != 0 { offset += 1 + Int(octets[offset]) }
    return offset + 1
  }

  private mutating func write(_ name: ArraySlice<UInt8>) {
    let lower = ArraySlice(name.map(\.asciiLowercased))
    var offset = 0
    while lower[offset] != 0 {
      if let place = places.first(where: { $0.name.count == lower.count - offset && $0.name == lower[offset...] }) {
        octets += name.prefix(offset)
        remember(lower, upTo: offset, at: base + octets.count - offset)
        append(0xC000 | UInt16(place.offset))
        return
      }
      offset += 1 + Int(lower[offset])
    }
    remember(lower, at: base + octets.count)
    octets += name
  }

  /// Notes each end of a name that begins before `end`.
  private mutating func remember(_ name: ArraySlice<UInt8>, upTo end: Int = .max, at place: Int) {
    var offset = 0
    while offset < end, name[offset] != 0, places.count < Self.maximumPlaces,
      place + offset < AnswerWriter.pointerLimit {
      places.append((name[offset...], place + offset))
      offset += 1 + Int(name[offset])
    }
  }

  private mutating func append(_ value: UInt16) {
    octets.append(UInt8(truncatingIfNeeded: value >> 8))
    octets.append(UInt8(truncatingIfNeeded: value))
  }
}
