// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@Suite("Quantities")
struct QuantityTests {
  @Test(
    "are read in thousandths, rounded up",
    arguments: [
      ("0", 0), ("1", 1000), ("+1", 1000), ("-1", -1000), ("1.5", 1500), (".5", 500), ("100m", 100), ("0.1", 100),
      ("1.0001", 1001), ("1u", 1), ("1n", 1), ("1k", 1_000_000), ("1Ki", 1_024_000), ("1.5Gi", 1_610_612_736_000),
      ("1e3", 1_000_000), ("1E3", 1_000_000), ("1e-3", 1), ("1E", Int64.max),
      ("9007199254740993", 9_007_199_254_740_993_000),
      ("-1.0001", -1000), ("8Ei", Int64.max), ("-8Ei", Int64.min),
    ])
  func reads(text: String, milli: Int64) {
    #expect(Quantity(text)?.milli == milli)
  }

  @Test(
    "are refused where they are none",
    arguments: [
      "", "m", "1 m", "1mm", "one", "1e", "--1", "1.2.3", "0x10", "1K", "NaN", "inf", "1e1000",
      "1e-9223372036854775808", "1e9223372036854775807",
    ])
  func refuses(text: String) {
    #expect(Quantity(text) == nil)
  }

  @Test("of thousandths are exact")
  func isExact() {
    for milli in 0..<20_000 as Range<Int64> {
      let digits = String(milli % 1000)
      let fraction = String(repeating: "0", count: 3 - digits.count) + digits
      #expect(Quantity("\(milli / 1000).\(fraction)")?.milli == milli)
      #expect(Quantity("\(milli)m")?.milli == milli)
    }
  }

  @Test("round up to whole units", arguments: [("1m", 1), ("1000m", 1), ("1001m", 2), ("-1500m", -1)])
  func roundsUp(text: String, units: Int64) {
    #expect(Quantity(text)?.units == units)
  }
}

@Suite("Times (RFC 3339)")
struct TimestampTests {
  @Test(
    "are read with any fraction and offset",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-01-31T12:00:00Z", 1_769_860_800_000_000),
      ("1969-12-31T23:59:59Z", -1_000_000),
      ("2000-02-29T00:00:00.5Z", 951_782_400_500_000), ("2026-01-31T12:00:00.123456789Z", 1_769_860_800_123_456),
      ("2026-01-31T14:00:00+02:00", 1_769_860_800_000_000), ("2026-01-31T06:30:00-05:30", 1_769_860_800_000_000),
      ("9999-12-31T23:59:59Z", 253_402_300_799_000_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ])
  func reads(text: String, microseconds: Int64) {
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(
    "are refused where they are none",
    arguments: [
      "", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31 12:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
      "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+1:00",
      "2026-01-01T00:00:00+99:00", "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00Zx", "-026-01-01T00:00:00Z",
    ])
  func refuses(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test(
    "are written as they are read",
    arguments: [
      "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2024-02-29T23:59:59Z", "2100-03-01T00:00:00Z",
      "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
    ])
  func writes(text: String) {
    #expect(Timestamp(text)?.text == text)
  }

  @Test("of every day of eight centuries are written as they are read")
  func everyDay() {
    for day in stride(from: -146_097 as Int64, to: 146_097, by: 1) {
      let moment = Timestamp(microseconds: day * 86_400_000_000 + 1)
      #expect(Timestamp(moment.microText) == moment)
    }
  }
}

@Suite("IP addresses (RFC 4291, RFC 5952)")
struct IPAddressTests {
  @Test(
    "have one canonical text",
    arguments: [
      ("10.0.0.1", "10.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"),
      ("::1", "::1"),
      ("2001:DB8::1", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
      ("1::", "1::"), ("fe80:0:0:0:0:0:0:1", "fe80::1"), ("::ffff:1.2.3.4", "::ffff:102:304"),
      ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ])
  func canonical(text: String, canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
  }

  @Test(
    "are refused where they are none",
    arguments: [
      "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", "+1.2.3.4", "1..2.3", ":", ":::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::", "::1%eth0", "1:2:3:4:5:6:7:8::", "::1.2.3", "1.2.3.4::",
      "１.2.3.4", "1::１",
    ])
  func refuses(text: String) {
    #expect(IPAddress(text) == nil)
  }
}

@Suite("Ages as kubectl prints them")
struct HumanDurationTests {
  @Test(arguments: [
    (-2, "<invalid>"), (-1, "0s"), (0, "0s"), (119, "119s"), (120, "2m"), (125, "2m5s"), (599, "9m59s"), (600, "10m"),
    (10_799, "179m"), (10_800, "3h"), (11_100, "3h5m"), (28_799, "7h59m"), (28_800, "8h"), (172_799, "47h"),
    (172_800, "2d"), (176_400, "2d1h"), (691_199, "7d23h"), (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"),
    (63_158_400, "2y1d"), (252_288_000, "8y"),
  ])
  func text(seconds: Int64, text: String) {
    #expect(HumanDuration.text(seconds: seconds) == text)
  }
}

@Suite("Base64 (RFC 4648 §4)")
struct Base64Tests {
  @Test(
    "the vectors of §10",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func vectors(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
  }

  @Test("folded lines are read", arguments: ["Zm9v\nYmFy", "Zm9v\r\nYmFy\n"])
  func folded(text: String) {
    #expect(Base64.decode(text) == Array("foobar".utf8))
  }

  @Test("is refused where it is none", arguments: ["Z", "Zg", "Zg=", "Zg===", "====", "Z=g=", "Zm9-", "Zm 9v", "é==="])
  func refuses(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}

@Suite("Forms of names")
struct ValueFormatTests {
  private static let long = String(repeating: "a", count: 64)

  @Test(
    "are accepted",
    arguments: [
      (.dnsLabel, "a"), (.dnsLabel, "0-a"), (.dnsLabel, String(long.dropLast())), (.dns1035Label, "a-0"),
      (.dnsSubdomain, "a.b-c.0"), (.qualifiedName, "app"), (.qualifiedName, "App.Kubernetes_io"),
      (.qualifiedName, "a.b/C"),
      (.labelValue, ""), (.labelValue, "a_B.c"), (.portName, "http-2"), (.ipAddress, "::1"), (.configMapKey, "my.cnf"),
      (.environmentName, "a.B-1"), (.absolutePath, "/a"), (.pathInside, "a/b"), (.emptyOrDNSLabel, ""),
    ] as [(ValueFormat, String)])
  func accepts(format: ValueFormat, text: String) {
    #expect(format.problem(of: text) == nil)
  }

  @Test(
    "are refused",
    arguments: [
      (.dnsLabel, ""), (.dnsLabel, "A"), (.dnsLabel, "a-"), (.dnsLabel, "-a"), (.dnsLabel, "a.b"), (.dnsLabel, long),
      (.dns1035Label, "0a"), (.dnsSubdomain, "a..b"), (.dnsSubdomain, "a."), (.qualifiedName, ""),
      (.qualifiedName, "a/b/c"),
      (.qualifiedName, "/a"), (.qualifiedName, "A/b"), (.qualifiedName, "a/"), (.labelValue, "-a"),
      (.labelValue, "a b"),
      (.labelValue, long), (.portName, "80"), (.portName, "a--b"), (.portName, "sixteen-letters-"), (.portName, "-a"),
      (.ipAddress, "localhost"), (.configMapKey, ".."), (.configMapKey, "a/b"), (.configMapKey, ""),
      (.environmentName, "a=b"),
      (.environmentName, ""), (.absolutePath, "a"), (.pathInside, "/a"), (.pathInside, "a/../b"),
      (.emptyOrDNSLabel, "-"),
    ] as [(ValueFormat, String)])
  func refuses(format: ValueFormat, text: String) {
    #expect(format.problem(of: text) != nil)
  }
}
