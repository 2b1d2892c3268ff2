// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
@testable import ServiceRouting
import TestSupport
import Testing

/// What the kernel says of its flows, octet by octet; `BalancingTests` has it say so itself.
struct TrackedFlowTests {
  /// An attribute, from its type and value; the kernel marks those whose value is made of attributes.
  private static func attribute(_ type: UInt16, _ value: [UInt8], isNested: Bool = false) -> [UInt8] {
    NetlinkAttribute(type: isNested ? type | 0x8000 : type, value: value[...]).bytes
  }

  /// One direction of a UDP flow.
  private static func direction(
    _ type: UInt16, from source: [UInt8], _ sourcePort: UInt16, to destination: [UInt8], _ destinationPort: UInt16,
    transport: UInt8 = 17, zone: UInt16 = 0
  ) -> [UInt8] {
    let first: UInt16 = source.count == 4 ? 1 : 3
    let addresses = attribute(first, source) + attribute(first + 1, destination)
    let ports = attribute(2, sourcePort.lowestFirst.reversed()) + attribute(3, destinationPort.lowestFirst.reversed())
    let zone = zone == 0 ? [] : attribute(3, zone.lowestFirst.reversed())
    return attribute(
      type,
      attribute(1, addresses, isNested: true) + attribute(2, attribute(1, [transport]) + ports, isNested: true) + zone,
      isNested: true)
  }

  private static func entry(
    client: [UInt8], frontend: [UInt8], endpoint: [UInt8], transport: UInt8 = 17, mark: [UInt8] = [0x63, 0x61, 0x6C, 0x6C],
    zone: UInt16 = 0
  ) -> NetlinkMessage {
    var payload: [UInt8] = [client.count == 4 ? 2 : 10, 0, 0, 0]
    payload += direction(1, from: client, 40_000, to: frontend, 53, transport: transport, zone: zone)
    payload += direction(2, from: endpoint, 5353, to: client, 40_000, transport: transport)
    payload += attribute(8, mark)
    return NetlinkMessage(type: 0x0100, sequence: 7, payload: payload)
  }

  private static let flow4 = entry(client: [10, 244, 0, 9], frontend: [10, 96, 0, 10], endpoint: [10, 244, 0, 5])

  private static func address6(_ host: UInt8) -> [UInt8] { [0xFD, 0] + Array(repeating: 0, count: 13) + [host] }

  @Test func aFlowIsNamedAsInTheRules() {
    #expect(TrackedFlow(Self.flow4)?.text == "10.96.0.10 . 53 . 10.244.0.5 . 5353")
    let flow6 = Self.entry(client: Self.address6(9), frontend: Self.address6(10), endpoint: Self.address6(5))
    #expect(TrackedFlow(flow6)?.text == "fd00::a . 53 . fd00::5 . 5353")
    // As the sets of each family name them, in the zone of the original direction.
    #expect(TrackedFlow(Self.flow4)?.place == "ip 0 10.244.0.9 . 40000 . 10.96.0.10 . 53")
    #expect(TrackedFlow(flow6)?.place == "ip6 0 fd00::9 . 40000 . fd00::a . 53")
    let ends: [UInt8] = [10, 0, 0, 1]
    let moved = Self.entry(client: ends, frontend: ends, endpoint: ends, zone: 3)
    #expect(TrackedFlow(moved)?.place == "ip 3 10.0.0.1 . 40000 . 10.0.0.1 . 53")
    // A zone of others.
    #expect(TrackedFlow(Self.entry(client: ends, frontend: ends, endpoint: ends, zone: 0x300)) == nil)
  }

  @Test func flowsLeaveTheirZones() {
    let script = RoutingChange.departure(of: "ip 0 a . 1 . b . 2\nip6 3 c . 1 . d . 2\nip 0 e . 1 . f . 2\nip x\n")
    let others = { (family: String, zones: [Int]) in zones.map { "flush set \(family) callsign leaving-\($0)\n" }.joined() }
    #expect(
      script == others("ip", [0]) + "add element ip callsign leaving-0 { a . 1 . b . 2, e . 1 . f . 2 }\n"
        + others("ip", [1, 2, 3, 4]) + others("ip6", [0, 1, 2, 3])
        + "add element ip6 callsign leaving-3 { c . 1 . d . 2 }\n" + others("ip6", [4]))
    #expect(RoutingChange.departure(of: "") == "")
  }

  @Test func aDumpIsWhatComesUntilItsEnd() throws {
    var dump = FlowSurvey.Dump(sequence: 7)
    var other = Self.flow4
    other.sequence = 6
    let end = NetlinkMessage(type: NetlinkMessage.doneType, sequence: 7, payload: [0, 0, 0, 0])
    let first = try dump.take([Self.flow4, other, Self.flow4])
    #expect(first.count == 2 && !dump.isAtEnd)
    let rest = try dump.take([NetlinkMessage(type: NetlinkMessage.doneType, sequence: 6, payload: []), Self.flow4, end])
    #expect(rest.count == 1 && dump.isAtEnd)
    for type in [NetlinkMessage.doneType, NetlinkMessage.errorType] {
      let failure = NetlinkMessage(type: type, sequence: 7, payload: (0 &- UInt32(12)).lowestFirst)
      var dump = FlowSurvey.Dump(sequence: 7)
      let error = #expect(throws: SystemError.self) { try dump.take([failure]) }
      #expect(error?.code == 12)
    }
  }

  @Test func flowsOfOthersAreLeftAlone() {
    let ends: [UInt8] = [10, 0, 0, 1]
    #expect(TrackedFlow(Self.entry(client: ends, frontend: ends, endpoint: ends, mark: [0, 0, 0, 1])) == nil)
    #expect(TrackedFlow(Self.entry(client: ends, frontend: ends, endpoint: ends, transport: 6)) == nil)
    var other = Self.flow4
    other.type = NetlinkMessage.doneType
    #expect(TrackedFlow(other) == nil)
  }

  @Test func messagesAreReadAsTheyAreWritten() {
    let dump = TrackedFlow.dump(sequence: 8)
    #expect(NetlinkMessage.all(in: dump.bytes + Self.flow4.bytes) == [dump, Self.flow4])
    #expect(NetlinkMessage(type: 2, sequence: 1, payload: [0xFE, 0xFF, 0xFF, 0xFF]).errorCode == 2)
    #expect(NetlinkMessage(type: 2, sequence: 1, payload: [0, 0, 0, 0x80]).errorCode == .min)
  }

  @Test func whatIsCutOffOrBrokenIsLeftOut() {
    let bytes = Self.flow4.bytes
    for length in 0..<bytes.count { #expect(NetlinkMessage.all(in: Array(bytes.prefix(length))).isEmpty) }
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      var broken = bytes
      for _ in 0..<3 {
        broken[Int.random(in: 0..<broken.count, using: &generator)] = UInt8.random(in: .min ... .max, using: &generator)
      }
      // Nothing to expect but that it ends.
      _ = NetlinkMessage.all(in: broken).map { TrackedFlow($0) }
    }
  }
}
