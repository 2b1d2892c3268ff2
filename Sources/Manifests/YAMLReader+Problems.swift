// SPDX-License-Identifier: Apache-2.0
import Yams

extension YAMLReader {
  /// The parser's error in words for the writer of the manifest.
  func problem(for error: any Error, in text: String) -> YAMLProblem {
    guard let error = error as? YamlError else { return YAMLProblem(line: lineInFile(1), message: "\(error)") }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      if Self.hasTabIndent(text, line: mark.line) {
        return YAMLProblem(line: lineInFile(mark.line), message: "a tab indents this line; YAML takes spaces only")
      }
      let reason = [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
      // The end of the text is a line that nobody sees.
      let line = min(mark.line, Self.lastLine(text))
      return YAMLProblem(line: lineInFile(line), message: "not valid YAML: \(reason)")
    case .duplicatedKeysInMapping(let names, let context):
      let list = names.sorted().map { "\"\($0)\"" }.joined(separator: ", ")
      return YAMLProblem(line: lineInFile(context.mark.line), message: "the key \(list) occurs twice in one mapping")
    case .reader(let problem, let offset, _, _):
      let before = offset.map { text.prefix($0).count { $0.isNewline } } ?? 0
      return YAMLProblem(line: lineInFile(before + 1), message: "not valid YAML: \(problem)")
    default: return YAMLProblem(line: lineInFile(1), message: "not valid YAML: \(error)")
    }
  }

  /// The last line with anything on it, from 1.
  private static func lastLine(_ text: String) -> Int {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return (lines.lastIndex { !$0.isEmpty } ?? 0) + 1
  }

  private static func hasTabIndent(_ text: String, line: Int) -> Bool {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1) else { return false }
    return lines[line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
  }
}
