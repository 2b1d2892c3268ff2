// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// A path into a JSON value (RFC 6901): `/spec/ports/0/name`.
package struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
  package let tokens: [String]

  package init(tokens: [String]) {
    self.tokens = tokens
  }

  /// Reads the textual form; nil where it does not start with `/` or holds a lone `~`.
  package init?(_ text: String) {
    if text.isEmpty {
      tokens = []
      return
    }
    guard text.hasPrefix("/") else { return nil }
    var tokens: [String] = []
    for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      guard let token = Self.unescape(part) else { return nil }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  private static func unescape(_ part: Substring) -> String? {
    var token = ""
    var rest = part[...]
    while let character = rest.popFirst() {
      guard character == "~" else {
        token.append(character)
        continue
      }
      switch rest.popFirst() {
      case "0": token.append("~")
      case "1": token.append("/")
      default: return nil
      }
    }
    return token
  }

  package var description: String {
    tokens.map { token in
      var text = "/"
      for character in token {
        switch character {
        case "~": text += "~0"
        case "/": text += "~1"
        default: text.append(character)
        }
      }
      return text
    }.joined()
  }

  /// Whether the other pointer leads below this one.
  package func isPrefix(of other: JSONPointer) -> Bool {
    other.tokens.count > tokens.count && other.tokens.starts(with: tokens)
  }

  /// An index into an array of `count` elements, written without leading zeros; `-` is the one behind the last.
  static func index(_ token: String, in count: Int, allowsEnd: Bool) -> Int? {
    if token == "-" { return allowsEnd ? count : nil }
    guard token.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), token.utf8.count == 1 || !token.hasPrefix("0"),
      let index = Int(token), index < count || (allowsEnd && index == count)
    else { return nil }
    return index
  }
}

extension JSONValue {
  /// The value that a pointer leads to.
  package func value(at pointer: JSONPointer) -> JSONValue? {
    var value = self
    for token in pointer.tokens {
      switch value {
      case .object(let members):
        guard let next = members[token] else { return nil }
        value = next
      case .array(let elements):
        guard let index = JSONPointer.index(token, in: elements.count, allowsEnd: false) else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return value
  }
}
