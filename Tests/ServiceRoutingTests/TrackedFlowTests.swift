// SPDX-License-Identifier: Apache-2.0
@testable import ServiceRouting
import TestSupport
import Testing

/// What the kernel says of its flows, octet by octet; `BalancingTests` has it say so itself.
struct TrackedFlowTests {
  /// An attribute, from its type and value.
  private static func attribute(_ type: UInt16, _ value: [UInt8], isNested: Bool = false) -> [UInt8] {
    NetlinkAttribute(type: type, value: value[...], isNested: isNested).bytes
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
    // The client as the sets of each family name it.
    #expect(TrackedFlow(Self.flow4)?.sender == "ip 10.244.0.9 . 40000")
    #expect(TrackedFlow(flow6)?.sender == "ip6 fd00::9")
    let script = RoutingChange.departure(of: "ip 10.244.0.9 . 40000\nip6 fd00::9\nip 10.244.0.8 . 1\n")
    #expect(
      script == """
        flush set ip callsign leaving
        add element ip callsign leaving { 10.244.0.8 . 1, 10.244.0.9 . 40000 }
        flush set ip6 callsign leaving
        add element ip6 callsign leaving { fd00::9 }

        """)
    #expect(RoutingChange.departure(of: "") == "")
  }

  @Test(arguments: [
    // Zone and whether the flow is right; whether the sender has to move.
    ([(0, true)], false), ([(0, false)], true), ([(0, false), (1, true)], false), ([(1, true), (0, false)], false),
    ([(1, false), (0, true)], true), ([(2, true), (2, false)], true), ([(2, false), (2, true), (1, true)], true),
    ([(0x102, true), (0x201, false)], true),
  ] as [([(UInt16, Bool)], Bool)])
  func aSenderIsWhereItHasMovedLast(flows: [(UInt16, Bool)], isAstray: Bool) throws {
    var senders = FlowSurvey.Senders()
    for (zone, isRight) in flows {
      let entry = Self.entry(client: [10, 244, 0, 9], frontend: [10, 96, 0, 10], endpoint: [10, 244, 0, 5], zone: zone)
      let flow = try #require(TrackedFlow(entry))
      #expect(flow.zone == zone)
      senders.add(flow, isRight: isRight)
    }
    #expect(senders.astray == (isAstray ? ["ip 10.244.0.9 . 40000"] : []))
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
