// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import Manifests

@Suite struct YAMLTests {
  /// What kubectl 1.32 makes of each plain scalar (`kubectl label --local -o json`).
  @Test(arguments: [
    ("yes", .bool(true)), ("Yes", .bool(true)), ("y", .bool(true)), ("N", .bool(false)), ("ON", .bool(true)),
    ("off", .bool(false)), ("TRUE", .bool(true)), ("oN", .string("oN")), ("~", .null), ("Null", .null),
    ("012", .int(10)), ("0o12", .int(10)), ("0x1F", .int(31)), ("0b101", .int(5)), ("1_000", .int(1000)),
    ("-5", .int(-5)), ("+5", .int(5)), ("08", .double(8)), ("1.5", .double(1.5)), ("1e3", .double(1000)),
    ("1.", .double(1)), (".5", .double(0.5)), ("1e-3", .double(0.001)), ("-0", .int(0)), ("00", .int(0)),
    ("2001-01-01", .string("2001-01-01")), ("12:30:45", .string("12:30:45")), ("=", .string("=")),
    ("1.2.3", .string("1.2.3")), ("--1", .string("--1")), ("10.0.0.1", .string("10.0.0.1")), ("-", .string("-")),
    ("0x", .string("0x")), ("1e", .string("1e")),
  ] as [(String, JSONValue)])
  func plainScalarsMeanWhatKubectlSays(text: String, expected: JSONValue) {
    #expect(YAMLScalar.value(ofPlain: text) == expected)
  }

  @Test func numbersThatJSONLacksAreRefused() {
    #expect(YAMLScalar.value(ofPlain: ".inf") == nil)
    #expect(YAMLScalar.value(ofPlain: "-.INF") == nil)
    #expect(YAMLScalar.value(ofPlain: ".nan") == nil)
  }

  @Test func quotesAndTagsDecide() throws {
    let value = try read("a: \"yes\"\nb: 'x'\nc: !!str 5\nd: !!int \"7\"\ne: !!binary aGk=\nf: |\n  12\n")
    #expect(value == ["a": "yes", "b": "x", "c": "5", "d": 7, "e": "hi", "f": "12\n"])
  }

  @Test func keysBecomeStrings() throws {
    #expect(try read("5: a\n\"6\": b\nyes: c\n") == ["5": "a", "6": "b", "true": "c"])
  }

  @Test func anchorsAndMergeKeys() throws {
    let value = try read("base: &b {x: 1, z: 9}\nuse: {<<: *b, z: 2}\nagain: *b\n")
    #expect(value == ["base": ["x": 1, "z": 9], "use": ["z": 2, "x": 1], "again": ["x": 1, "z": 9]])
  }

  @Test func aliasesToAliasesHaveALimit() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...8 {
      text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
    }
    #expect(throws: YAMLProblem.self) { try read(text) }
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", 1, "twice"), ("a:\n\tb: 1\n", 2, "tab"), ("a: [1\n", 1, "not valid YAML"),
    ("a: *nothing\n", 1, "undefined alias"), ("? [x]\n: 1\n", 1, "plain value"), ("a: !custom 1\n", 1, "tag"),
    ("a: .inf\n", 1, "not a number"), ("1: a\n\"1\": b\n", 1, "twice"),
  ])
  func problemsNameTheLine(text: String, line: Int, words: String) {
    #expect {
      try read(text)
    } throws: { error in
      let problem = error as? YAMLProblem
      return problem?.line == line && problem?.message.contains(words) == true
    }
  }

  @Test func linesAreKept() throws {
    let (_, lines) = try #require(try YAMLReader.read("a: 1\nb:\n  - c: 1\n  - c:\n      d: 2\n", firstLine: 11))
    #expect(lines.line(of: FieldPath("a")) == 11)
    #expect(lines.line(of: FieldPath([.member("b"), .index(1), .member("c"), .key("d")])) == 15)
    #expect(lines.line(of: FieldPath([.member("b"), .index(1), .member("missing")])) == 14, "the nearest above")
  }

  private func read(_ text: String) throws -> JSONValue {
    try #require(try YAMLReader.read(text)).value
  }
}
