// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Serials and address ranges")
struct SerialNumberTests {
  @Test("Order on the circle (RFC 1982 §3.2, §5.2)", arguments: [
    (1, 0, true), (0, 1, false), (7, 7, false), (0, .max, true), (.max, 0, false), (100, 4_294_967_200, true),
    (0x7FFF_FFFF, 0, true), (0x8000_0000, 0, false), (0, 0x8000_0000, false), (0x8000_0001, 0, false),
    (0, 0x8000_0001, true),
  ] as [(UInt32, UInt32, Bool)])
  func order(left: UInt32, right: UInt32, isNewer: Bool) {
    #expect(SerialNumber(rawValue: left).isNewer(than: SerialNumber(rawValue: right)) == isNewer)
  }

  @Test("What a range has in it", arguments: [
    ("10.244.0.0/16", ["10.244.0.0", "10.244.255.255"], ["10.245.0.0", "10.243.255.255", "::1"]),
    ("10.244.1.7/16", ["10.244.9.9"], ["10.1.1.7"]),
    ("192.0.2.1", ["192.0.2.1"], ["192.0.2.0", "192.0.2.2"]),
    ("0.0.0.0/0", ["255.255.255.255", "0.0.0.0"], ["::"]),
    ("::/0", ["::", "ffff::1"], ["0.0.0.0"]),
    ("fd00::/8", ["fd00::", "fdff:ffff::1"], ["fc00::1", "fe00::"]),
    ("2001:db8::/64", ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"], ["2001:db8:0:1::"]),
    ("2001:db8::/65", ["2001:db8::7fff:0:0:1"], ["2001:db8::8000:0:0:0"]),
    ("::1/128", ["::1"], ["::", "::2"]),
  ] as [(String, [String], [String])])
  func ranges(text: String, inside: [String], outside: [String]) throws {
    let range = try #require(AddressRange(text))
    for address in inside { #expect(range.contains(try #require(HostAddress(address))), "\(address)") }
    for address in outside { #expect(!range.contains(try #require(HostAddress(address))), "\(address)") }
    #expect(AddressRange(range.description) == range)
  }

  @Test("What is no range", arguments: [
    "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "a/8", "10.0.0.0/8/8",
  ])
  func noRange(text: String) { #expect(AddressRange(text) == nil) }
}
