// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Addresses (RFC 4291 §2.2, RFC 5952)")
struct HostAddressTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"),
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:db8::1", "2001:db8::1"),
    ("2001:0DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("::ffff:192.0.2.1", "::ffff:c000:201"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("fe80:0:0:0:0:0:0:1", "fe80::1"),
  ])
  func canonicalText(text: String, canonical: String) throws {
    let address = try #require(HostAddress(text))
    #expect(address.description == canonical)
    #expect(HostAddress(octets: address.octets) == address)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.-4", " 1.2.3.4", "1..2.3", ":", ":::", "1:2:3:4:5:6:7",
    ":0", "1:", ":1::2", "1::2:",
    "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "fe80::1%eth0", ":1:2:3:4:5:6:7:8", "::1.2.3", "1.2.3.4:80",
  ])
  func refused(text: String) {
    #expect(HostAddress(text) == nil)
  }

  @Test("Dashed labels", arguments: [
    ("10-244-0-7", "10.244.0.7"), ("2001-db8--1", "2001:db8::1"), ("0--1", "::1"), ("fe80--0", "fe80::"),
  ])
  func dashed(label: String, text: String) throws {
    let address = try #require(HostAddress(dashed: label.utf8))
    #expect(address == HostAddress(text))
    #expect(String(decoding: address.dashedLabel, as: UTF8.self) == label)
  }

  @Test(arguments: ["10-244-0", "10.244.0.7", "web-0", "10-244-0-300", "-", "--"])
  func notDashed(label: String) {
    // `--` is `::`, which has no dashed form: its label is `0--0`.
    #expect(HostAddress(dashed: label.utf8) == (label == "--" ? HostAddress("::") : nil))
  }

  @Test("Reverse names both ways (RFC 1035 §3.5, RFC 3596 §2.5)", arguments: [
    ("10.96.0.10", "10.0.96.10.in-addr.arpa."),
    ("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."),
  ])
  func reverse(text: String, name: String) throws {
    let address = try #require(HostAddress(text))
    #expect(address.reverseName.description == name)
    #expect(QueryName(address.reverseName).reverseAddress(in: ReverseZone(address.family)) == address)
  }

  @Test(arguments: [
    "1.0.96.in-addr.arpa", "01.0.96.10.in-addr.arpa", "x.0.96.10.in-addr.arpa", "999.0.96.10.in-addr.arpa",
  ])
  func notReverse(name: String) throws {
    #expect(QueryName(try Name(name)).reverseAddress(in: .inAddrArpa) == nil)
  }

  @Test("Names below which addresses are, and names that are none of those", arguments: [
    ("in-addr.arpa", true), ("10.in-addr.arpa", true), ("0.96.10.IN-ADDR.arpa", true), ("ip6.arpa", true),
    ("8.b.d.0.1.0.0.2.ip6.arpa", true), ("1.0.96.10.in-addr.arpa", false), ("x.10.in-addr.arpa", false),
    ("256.in-addr.arpa", false), ("01.in-addr.arpa", false), ("10.ip6.arpa", false), ("g.ip6.arpa", false),
    ("arpa", false), (".", false), ("10.example", false), (HostAddress("::1")!.reverseName.description, false),
  ])
  func aboveAddresses(name: String, expected: Bool) throws {
    #expect(QueryName(try Name(name)).isAboveAddresses == expected)
  }
}
