// SPDX-License-Identifier: Apache-2.0

/// A word of a Corefile, and the line it stands on.
struct CorefileToken: Hashable, Sendable {
  var text: String
  var line: Int
  /// What words of one line share. Not the line: a snippet's line is there once for each time that it is used.
  var row: Int

  init(text: String, line: Int) {
    self.text = text
    self.line = line
    row = line
  }
}

/// Cuts a Corefile into words: whitespace ends a word, `"` holds one together, `#` begins a comment. A `{` or `}` is a
/// brace where it is a word of its own.
struct CorefileLexer {
  /// Words that a file may have, snippets counted each time they are used.
  static let maximumTokens = 100_000

  private let characters: [Unicode.Scalar]
  private var position = 0
  private var line = 1

  private init(_ text: String) {
    // Windows ends its lines with two octets, and may begin a file with a mark of its encoding.
    characters = text.unicodeScalars.filter { $0 != "\r" && $0 != "\u{FEFF}" }
  }

  static func tokens(of text: String) throws(CorefileError) -> [CorefileToken] {
    var lexer = CorefileLexer(text)
    var tokens: [CorefileToken] = []
    while let token = try lexer.next() {
      tokens.append(token)
      guard tokens.count <= maximumTokens else {
        throw CorefileError(line: token.line, message: "more than \(maximumTokens) words")
      }
    }
    return tokens
  }

  private mutating func next() throws(CorefileError) -> CorefileToken? {
    skipSpace()
    guard position < characters.count else { return nil }
    let start = line
    if characters[position] == "\"" { return CorefileToken(text: try quoted(), line: start) }
    var text = String.UnicodeScalarView()
    while position < characters.count, !Self.isSpace(characters[position]), characters[position] != "#" {
      text.append(characters[position])
      position += 1
    }
    return CorefileToken(text: String(text), line: start)
  }

  private mutating func skipSpace() {
    var isComment = false
    while position < characters.count {
      let character = characters[position]
      if character == "\n" {
        line += 1
        isComment = false
      } else if character == "#" {
        isComment = true
      } else if !isComment, !Self.isSpace(character) {
        return
      }
      position += 1
    }
  }

  /// What stands between quotes; `\"` is a quote within, and other backslashes stay.
  private mutating func quoted() throws(CorefileError) -> String {
    let start = line
    var text = String.UnicodeScalarView()
    position += 1
    while position < characters.count {
      let character = characters[position]
      position += 1
      switch character {
      case "\"": return String(text)
      case "\\" where position < characters.count && characters[position] == "\"":
        text.append("\"")
        position += 1
      case "\n":
        line += 1
        text.append(character)
      default: text.append(character)
      }
    }
    throw CorefileError(line: start, message: "a quote that is not closed")
  }

  private static func isSpace(_ character: Unicode.Scalar) -> Bool { character.properties.isWhitespace }
}
