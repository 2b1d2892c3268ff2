// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import TestSupport
import Testing

@Suite("JSON (RFC 8259)")
struct JSONTests {
  @Test(
    "reads what the grammar allows",
    arguments: [
      ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-12", -12), ("1e2", .double(100)),
      ("9223372036854775807", .int(.max)), ("9223372036854775808", .double(9_223_372_036_854_775_808)),
      ("-0.5", .double(-0.5)), (#""""#, ""), (#""é\u00e9\n\/""#, "éé\n/"), (#""\ud83d\ude00""#, "😀"),
      (#""\ud83d""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"), ("[]", []), ("[1,[2]]", [1, [2]]), ("{}", [:]),
      (#"{"a":{"b":null}}"#, ["a": ["b": nil]]),
    ] as [(String, JSONValue)])
  func reads(text: String, value: JSONValue) throws {
    #expect(try JSONParser.parse(text) == value)
  }

  @Test(
    "refuses what the grammar does not allow, and says where",
    arguments: [
      ("", 0), ("  ", 2), ("nul", 3), ("01", 2), ("-", 1), ("1.", 2), (".5", 0), ("1e", 2), ("+1", 0), ("NaN", 0),
      ("1e999", 5), ("[1,]", 3), ("[1 2]", 3), (#"{"a"}"#, 4), (#"{"a":1,}"#, 7), ("{a:1}", 1), (#""abc"#, 4),
      ("\"a\nb\"", 2), (#""\x""#, 3), (#""\u12g4""#, 3), ("1 2", 2), ("\u{FEFF}1", 0), ("'a'", 0),
    ])
  func refuses(text: String, offset: Int) {
    #expect { try JSONParser.parse(text) } throws: { ($0 as? JSONParseError)?.offset == offset }
  }

  @Test("refuses octets that are not UTF-8")
  func refusesBadUTF8() {
    #expect(throws: JSONParseError.self) { try JSONParser.parse([0x22, 0xC3, 0x28, 0x22]) }
    #expect(throws: JSONParseError.self) { try JSONParser.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
  }

  @Test("reads the allowed depth and refuses one more")
  func limitsDepth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONParser.parse(nested(JSONParser.maximumDepth))
    #expect(throws: JSONParseError.self) { try JSONParser.parse(nested(JSONParser.maximumDepth + 2)) }
    #expect(throws: JSONParseError.self) { try JSONParser.parse(nested(1_000_000)) }
  }

  @Test("keeps the last of two equal members and names the member")
  func reportsDuplicates() throws {
    let text = #"{"spec":{"ports":[{"port":1,"port":2}]},"kind":"a","kind":"b"}"#
    let (value, duplicates) = try JSONParser.parseReportingDuplicates(Array(text.utf8))
    #expect(value[at: "kind"] == "b")
    #expect(duplicates == ["spec.ports[0].port", "kind"])
  }

  @Test("names no more duplicates than a reader would read")
  func limitsDuplicates() throws {
    let members = Array(repeating: #""a":1"#, count: 10_000).joined(separator: ",")
    let (_, duplicates) = try JSONParser.parseReportingDuplicates(Array("{\(members)}".utf8))
    #expect(duplicates.count == JSONParser.maximumDuplicates)
  }

  @Test("keeps the order of members")
  func keepsOrder() throws {
    let text = #"{"z":1,"a":2,"m":3}"#
    #expect(try JSONParser.parse(text).jsonText == text)
  }

  @Test(
    "writes compact text",
    arguments: [
      (.string("a\"\\\n\r\t\u{1}\u{1F}é/"), #""a\"\\\n\r\t\u0001\u001fé/""#), (.double(1), "1"), (.double(0.1), "0.1"),
      (.double(-0.0), "0"), (.double(1e300), "1e+300"), (.int(.min), "-9223372036854775808"),
      (.double(-9_223_372_036_854_775_808), "-9.223372036854775808e+18"),
      (["a": [1, nil, true]], #"{"a":[1,null,true]}"#),
    ] as [(JSONValue, String)])
  func writes(value: JSONValue, text: String) throws {
    let written = value.jsonText
    // The shortest text of a number that is not exact is the library's own choice; it must read back the same.
    if case .double(let number) = value, abs(number) > 1e15 {
      #expect(try JSONParser.parse(written) == value)
    } else {
      #expect(written == text)
    }
  }

  @Test("survives any change of a valid text, and writes what it reads", arguments: 0..<20)
  func survivesMutations(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let seedText = #"{"a":[1,-2.5e3,"x\u00e9\n",{"b":null,"c":[true,false]}],"d":"😀","e":9223372036854775807}"#
    for _ in 0..<500 {
      var bytes = Array(seedText.utf8)
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: position)
        case 2: bytes.insert(contentsOf: Array(#"{}[]",:\u"#.utf8).shuffled(using: &generator).prefix(2), at: position)
        default: bytes.insert(bytes[position], at: position)
        }
        if bytes.isEmpty { bytes = [0x20] }
      }
      guard let value = try? JSONParser.parse(bytes) else { continue }
      // A double that is integral is written as an integer, so the texts are compared.
      #expect((try? JSONParser.parse(value.encoded()))?.encoded() == value.encoded())
    }
  }
}
