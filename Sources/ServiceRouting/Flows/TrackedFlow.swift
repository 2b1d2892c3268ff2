// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A UDP flow as the kernel's connection tracking knows it, over netlink (`linux/netfilter/nfnetlink_conntrack.h`).
struct TrackedFlow: Hashable, Sendable {
  /// Messages of the subsystem, which is the upper octet of a type.
  static let newType: UInt16 = 0x0100
  static let getType: UInt16 = 0x0101

  /// Numbers of attributes.
  private enum Attribute {
    static let original: UInt16 = 1
    static let reply: UInt16 = 2
    static let mark: UInt16 = 8
    static let markMask: UInt16 = 21
    // In the two directions of a flow.
    static let addresses: UInt16 = 1
    static let transport: UInt16 = 2
    static let zone: UInt16 = 3
    // In their addresses.
    static let source4: UInt16 = 1
    static let destination4: UInt16 = 2
    static let source6: UInt16 = 3
    static let destination6: UInt16 = 4
    // In their transport.
    static let transportNumber: UInt16 = 1
    static let sourcePort: UInt16 = 2
    static let destinationPort: UInt16 = 3
  }

  private static let udp: UInt8 = 17
  /// `nfgenmsg`: the family, a version, two octets for a resource.
  private static let headerLength = 4

  /// `frontend . port . endpoint . port`, as in the set `flows` of our table.
  let text: String
  /// The family of the table, the conntrack zone of the original direction, and how its sets name the flow: client and
  /// frontend with their ports, `ip 0 10.244.0.9 . 40000 . 10.96.0.10 . 53`.
  let place: String

  /// Reads one entry of a dump; nil where it is not a translated UDP flow of ours.
  init?(_ message: NetlinkMessage) {
    guard message.type == Self.newType else { return nil }
    let attributes = NetlinkAttribute.all(in: message.payload.dropFirst(Self.headerLength))
    guard let original = attributes[Attribute.original], let reply = attributes[Attribute.reply],
      attributes[Attribute.mark].map({ UInt32(highestFirst: $0) }) == BaseChains.mark,
      let client = Self.end(of: original, isSource: true), let frontend = Self.end(of: original, isSource: false),
      let endpoint = Self.end(of: reply, isSource: true)
    else { return nil }
    text = "\(frontend.address) . \(frontend.port) . \(endpoint.address) . \(endpoint.port)"
    let zone = NetlinkAttribute.all(in: original)[Attribute.zone].map { UInt16(highestFirst: $0) } ?? 0
    guard zone <= BaseChains.zoneCount else { return nil }
    let family = client.address.family == .ipv4 ? "ip" : "ip6"
    place = "\(family) \(zone) \(client.address) . \(client.port) . \(frontend.address) . \(frontend.port)"
  }

  /// One end of one direction.
  private static func end(
    of direction: ArraySlice<UInt8>, isSource: Bool
  ) -> (address: IPAddress, port: UInt16)? {
    let parts = NetlinkAttribute.all(in: direction)
    guard let addresses = parts[Attribute.addresses].map(NetlinkAttribute.all),
      let transport = parts[Attribute.transport].map(NetlinkAttribute.all),
      transport[Attribute.transportNumber].map(Array.init) == [udp],
      let port = transport[isSource ? Attribute.sourcePort : Attribute.destinationPort]
    else { return nil }
    let octets =
      addresses[isSource ? Attribute.source4 : Attribute.destination4]
      ?? addresses[isSource ? Attribute.source6 : Attribute.destination6]
    return octets.flatMap { IPAddress(octets: Array($0)) }.map { ($0, UInt16(highestFirst: port)) }
  }

  /// Asks for all flows that we translated, of both families.
  static func dump(sequence: UInt32) -> NetlinkMessage {
    let mark = NetlinkAttribute(type: Attribute.mark, value: ArraySlice(BaseChains.mark.lowestFirst.reversed()))
    let mask = NetlinkAttribute(type: Attribute.markMask, value: ArraySlice(UInt32.max.lowestFirst))
    return NetlinkMessage(
      type: getType, flags: [.request, .dump], sequence: sequence,
      payload: [0, 0, 0, 0] + mark.bytes + mask.bytes)
  }
}
