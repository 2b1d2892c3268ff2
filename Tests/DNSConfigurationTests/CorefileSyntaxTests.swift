// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSConfiguration

@Suite("The words and braces of a Corefile")
struct CorefileSyntaxTests {
  @Test("An only block needs no braces, a word may have blanks, a file a mark of its encoding")
  func forms() throws {
    let outcome = try CorefileTests.convert(
      "\u{FEFF}.:53\nkubernetes cluster.local {\n kubeconfig \"/a b/c\" \"one two\"\n}\nforward . 10.9.9.9 {\n force_tcp\n}\n")
    #expect(outcome.settings["listen"] == ":53" && outcome.settings["forward.tcp"] == "true")
    #expect(outcome.settings["kubernetes.kubeconfig"] == "/a b/c")
    #expect(outcome.settings["kubernetes.context"] == "one two")
    for text in [".:53\nerrors\n}\n", ". {\nerrors\n}\nother\nerrors\n", ". a\n"] {
      #expect(throws: CorefileError.self) { try CorefileTests.convert(text) }
    }
  }

  @Test("Mistakes of the file itself", arguments: [
    (".:53 {\n errors\n", "1: a { that is not closed"), (".:53\n", "1: \".:53\" is followed by no {"),
    (". {\n {\n }\n}\n", "2: a { that belongs to nothing"), (". {\n log \"a\n}\n", "2: a quote that is not closed"),
    ("{\n}\n", "1: a { without a zone before it"), (". {\n import\n}\n", "2: import of nothing"),
    ("(a) {\n import a\n}\n. {\n import a\n}\n", "2: import a: snippets that use themselves, or too many of them"),
  ])
  func mistakes(text: String, message: String) throws {
    let error = #expect(throws: CorefileError.self) { try CorefileImport(text, name: "Corefile", environment: [:]) }
    #expect(error?.description == message)
  }

  @Test("A snippet of one line can be used twice, and within another")
  func snippets() throws {
    let text = "(a) { errors }\n(b) {\n import a\n import a\n ready :1 }\n. {\n import a\n import b\n}\n"
    let corefile = try CorefileParser.parse(text, environment: [:])
    #expect(corefile.blocks.map { $0.directives.map(\.text) } == [["errors", "errors", "errors", "ready :1"]])
  }

  @Test("Braces within braces have a limit")
  func depth() {
    let text = ". {\n" + String(repeating: "a {\n", count: 1000) + String(repeating: "}\n", count: 1001)
    #expect(throws: CorefileError.self) { try CorefileImport(text, name: "Corefile", environment: [:]) }
  }

  @Test("Words, quotes and comments", arguments: [
    ("a b # c\nd", ["a", "b", "d"]), ("\"a b\" c", ["a b", "c"]), (#""a \" b" \c"#, ["a \" b", #"\c"#]),
    ("a#b\nc", ["a", "c"]),
    ("# only\r\na\r\n", ["a"]), ("", []), ("{$A}", ["{$A}"]),
  ])
  func lexer(text: String, words: [String]) throws {
    #expect(try CorefileLexer.tokens(of: text).map(\.text) == words)
  }

  @Test("Spans of time", arguments: [
    ("5s", 5000), ("1m30s", 90_000), ("500ms", 500), ("1.5h", 5_400_000), ("0", 0), ("5", nil), ("s", nil), ("", nil),
    ("5 s", nil), ("-5s", nil), ("5d", nil), ("99999999999999999999h", nil), ("1..5s", nil),
  ] as [(String, Int?)])
  func durations(text: String, milliseconds: Int?) {
    #expect(GoDuration.milliseconds(text) == milliseconds)
  }
}
