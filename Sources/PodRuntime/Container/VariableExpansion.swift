// SPDX-License-Identifier: Apache-2.0

/// References `$(NAME)` to variables in values, commands and arguments of containers.
///
/// `$$` stands for one `$`, so that `$$(NAME)` is the text `$(NAME)`. A reference to a variable that is not there stays
/// as it is. Source: Kubernetes, "Define Dependent Environment Variables".
enum VariableExpansion {
  static func expand(_ text: String, with variables: [String: String]) -> String {
    guard text.contains("$") else { return text }
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      switch rest.first {
      case "$":
        result += "$"
        rest.removeFirst()
      case "(":
        guard let end = rest.firstIndex(of: ")") else {
          result += "$"
          continue
        }
        let name = String(rest[rest.index(after: rest.startIndex)..<end])
        result += variables[name] ?? "$(\(name))"
        rest = rest[rest.index(after: end)...]
      default:
        result += "$"
      }
    }
    return result + rest
  }
}
