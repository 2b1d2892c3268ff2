// SPDX-License-Identifier: Apache-2.0

#if _endian(big)
#error("netlink's own fields have the machine's order; here they are read and written with the lowest octet first")
#endif

/// One message of netlink(7): a header of 16 octets, and what its type says.
struct NetlinkMessage: Hashable, Sendable {
  /// Types of the protocol itself.
  static let errorType: UInt16 = 2
  static let doneType: UInt16 = 3
  static let headerLength = 16

  struct Flags: OptionSet, Hashable, Sendable {
    let rawValue: UInt16
    static let request = Flags(rawValue: 0x1)
    /// All entries of a table: from its root, whatever they are.
    static let dump = Flags(rawValue: 0x100 | 0x200)
  }

  var type: UInt16
  var flags: Flags = []
  /// What an answer has in common with its request.
  var sequence: UInt32
  var payload: [UInt8]

  var bytes: [UInt8] {
    var bytes = UInt32(Self.headerLength + payload.count).lowestFirst
    bytes += type.lowestFirst + flags.rawValue.lowestFirst + sequence.lowestFirst + UInt32(0).lowestFirst
    return bytes + payload
  }

  /// The messages of one datagram; what is cut off is left out.
  static func all(in datagram: [UInt8]) -> [NetlinkMessage] {
    var messages: [NetlinkMessage] = []
    var rest = datagram[...]
    while rest.count >= headerLength {
      let length = Int(UInt32(lowestFirst: rest.prefix(4)))
      guard length >= headerLength, length <= rest.count else { break }
      let header = rest.prefix(headerLength)
      messages.append(
        NetlinkMessage(
          type: UInt16(lowestFirst: header.dropFirst(4).prefix(2)),
          flags: Flags(rawValue: UInt16(lowestFirst: header.dropFirst(6).prefix(2))),
          sequence: UInt32(lowestFirst: header.dropFirst(8).prefix(4)),
          payload: Array(rest.prefix(length).dropFirst(headerLength))))
      rest = rest.dropFirst(NetlinkAttribute.padded(length))
    }
    return messages
  }

  /// Of a message of ``errorType`` or ``doneType``: the errno, 0 for success, or where there is none.
  var errorCode: Int32 {
    payload.count < 4 ? 0 : 0 &- Int32(truncatingIfNeeded: UInt32(lowestFirst: payload.prefix(4)))
  }
}

/// One attribute: its length and type in 4 octets, then its value, filled up to a multiple of 4.
struct NetlinkAttribute: Hashable, Sendable {
  private static let headerLength = 4
  /// The bits of a type that are not flags.
  private static let typeMask: UInt16 = 0x3FFF

  var type: UInt16
  var value: ArraySlice<UInt8>

  var bytes: [UInt8] {
    let length = Self.headerLength + value.count
    let head = UInt16(length).lowestFirst + type.lowestFirst
    return head + value + Array(repeating: 0, count: Self.padded(length) - length)
  }

  /// The attributes in a value, by their type; what is cut off is left out.
  static func all(in value: ArraySlice<UInt8>) -> [UInt16: ArraySlice<UInt8>] {
    var attributes: [UInt16: ArraySlice<UInt8>] = [:]
    var rest = value
    while rest.count >= headerLength {
      let length = Int(UInt16(lowestFirst: rest.prefix(2)))
      guard length >= headerLength, length <= rest.count else { break }
      let type = UInt16(lowestFirst: rest.dropFirst(2).prefix(2)) & typeMask
      attributes[type] = rest.prefix(length).dropFirst(headerLength)
      rest = rest.dropFirst(padded(length))
    }
    return attributes
  }

  static func padded(_ length: Int) -> Int { (length + 3) & ~3 }
}

extension FixedWidthInteger where Self: UnsignedInteger {
  /// The value's octets, the lowest first.
  var lowestFirst: [UInt8] { (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> ($0 * 8)) } }

  init(lowestFirst octets: some BidirectionalCollection<UInt8>) {
    self = octets.reversed().reduce(0) { $0 << 8 | Self($1) }
  }

  init(highestFirst octets: some Sequence<UInt8>) {
    self = octets.reduce(0) { $0 << 8 | Self($1) }
  }
}
