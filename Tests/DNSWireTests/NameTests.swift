// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@Suite("Names (RFC 1035 §2.3.4, §5.1; RFC 4343)")
struct NameTests {
  @Test(arguments: [
    ("mysql-0.mysql.default.svc.cluster.local", "mysql-0.mysql.default.svc.cluster.local."),
    ("cluster.local.", "cluster.local."),
    (".", "."),
    ("", "."),
    ("a\\.b.c", "a\\.b.c."),
    ("a\\032b", "a\\032b."),
    ("\\200x", "\\200x."),
    ("Mixed.Case", "Mixed.Case."),
  ])
  func presentationRoundTrip(text: String, canonical: String) throws {
    let name = try Name(text)
    #expect(name.description == canonical)
    #expect(try Name(name.description) == name)
  }

  @Test("What is not a name is refused", arguments: [
    ("a..b", WireError.reservedLabelType),
    (".a", .reservedLabelType),
    (String(repeating: "a", count: 64), .reservedLabelType),
    (Array(repeating: String(repeating: "a", count: 63), count: 4).joined(separator: "."), .nameTooLong),
    ("a\\", .truncated),
    ("a\\25", .truncated),
    ("a\\256", .reservedLabelType),
  ])
  func refused(text: String, error: WireError) {
    #expect(throws: error) { try Name(text) }
  }

  @Test("255 octets are allowed")
  func longest() throws {
    let label = String(repeating: "a", count: 63)
    let name = try Name([label, label, label, String(repeating: "b", count: 61)].joined(separator: "."))
    #expect(name.wire.count == Name.maximumLength)
  }

  @Test("Letter case does not tell names apart, other bits do")
  func caseFolding() throws {
    #expect(try Name("WWW.Example") == Name("www.eXAMPLE"))
    #expect(try Name("WWW.Example").hashValue == Name("www.eXAMPLE").hashValue)
    #expect(try Name("a[") != Name("a{"))
    #expect(try Name("a-b") != Name("a.b"))
  }

  @Test func ancestors() throws {
    let zone = try Name("cluster.local")
    #expect(try Name("a.Cluster.LOCAL").isEqual(toOrBelow: zone))
    #expect(zone.isEqual(toOrBelow: zone))
    #expect(try !Name("xcluster.local").isEqual(toOrBelow: zone))
    #expect(try !Name("local").isEqual(toOrBelow: zone))
    #expect(zone.isEqual(toOrBelow: .root))
  }

  @Test("A query name is lower case and knows its labels")
  func queryName() throws {
    let name = QueryName(try Name("_Mysql._TCP.db.Default.svc.cluster.local"))
    #expect(name.labelCount == 7)
    #expect(name.name.wire == (try Name("_mysql._tcp.db.default.svc.cluster.local").wire))
    let zone = try Name("cluster.local").wire
    let isInZone = name.hasSuffix(zone, fromLabel: 5)
    let isMisaligned = name.hasSuffix(zone, fromLabel: 4)
    #expect(isInZone)
    #expect(!isMisaligned)
    let range = name.labelStart(2)..<name.labelStart(4)
    let key = Array("\u{2}db\u{7}default".utf8)
    let isKey = name.isEqual(range, to: key)
    #expect(isKey)
    let left = name.hash(range, seed: 7)
    let right = key.nameHash(0..<key.count, seed: 7)
    #expect(left == right)
  }
}
