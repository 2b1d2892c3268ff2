// SPDX-License-Identifier: Apache-2.0

/// Puts the words of a Corefile into blocks: `import` of a snippet is replaced by what the snippet holds, and `{$NAME}`
/// by the variable's value.
struct CorefileParser {
  /// Braces within braces.
  private static let maximumDepth = 16
  /// Snippets that use snippets.
  private static let maximumImports = 16

  private let environment: [String: String]
  private var tokens: [CorefileToken]
  private var position = 0
  private var snippets: [String: [CorefileToken]] = [:]
  private var notes: [CorefileNote] = []

  /// - Parameter environment: the variables that the file may name.
  static func parse(_ text: String, environment: [String: String]) throws(CorefileError) -> Corefile {
    var parser = CorefileParser(environment: environment, tokens: try CorefileLexer.tokens(of: text))
    var blocks: [Corefile.Block] = []
    while parser.position < parser.tokens.count {
      if let block = try parser.block(isFirst: blocks.isEmpty) { blocks.append(block) }
    }
    return Corefile(blocks: blocks, notes: parser.notes)
  }

  private init(environment: [String: String], tokens: [CorefileToken]) {
    self.environment = environment
    self.tokens = tokens
  }

  // MARK: Blocks

  /// The next server block; nil for a snippet, or an import that is no block.
  /// - Parameter isFirst: an only block needs no braces.
  private mutating func block(isFirst: Bool) throws(CorefileError) -> Corefile.Block? {
    let line = tokens[position].line
    if tokens[position].text == "import" {
      try expandImport()
      return nil
    }
    var keys: [String] = []
    var row = tokens[position].row
    while position < tokens.count, tokens[position].text != "{", tokens[position].row == row {
      let text = replacingVariables(tokens[position])
      keys += text.split(separator: ",").map(String.init)
      position += 1
      // A list goes on after its commas, on further lines too.
      if text.hasSuffix(","), position < tokens.count { row = tokens[position].row }
    }
    if isFirst, position < tokens.count, tokens[position].text != "{" {
      return Corefile.Block(keys: keys, line: line, directives: try directives(from: line, depth: 1, isBraced: false))
    }
    guard position < tokens.count, tokens[position].text == "{" else {
      throw CorefileError(line: line, message: "\"\(keys.joined(separator: " "))\" is followed by no {")
    }
    guard !keys.isEmpty else { throw CorefileError(line: line, message: "a { without a zone before it") }
    position += 1
    if keys.count == 1, keys[0].hasPrefix("("), keys[0].hasSuffix(")") {
      snippets[String(keys[0].dropFirst().dropLast())] = try snippet(from: line)
      return nil
    }
    return Corefile.Block(keys: keys, line: line, directives: try directives(from: line, depth: 1))
  }

  /// The words of a snippet, up to its closing brace.
  private mutating func snippet(from line: Int) throws(CorefileError) -> [CorefileToken] {
    var depth = 1
    let start = position
    while position < tokens.count {
      if tokens[position].text == "{" { depth += 1 }
      if tokens[position].text == "}" { depth -= 1 }
      position += 1
      if depth == 0 { return Array(tokens[start..<position - 1]) }
    }
    throw CorefileError(line: line, message: "a { that is not closed")
  }

  private mutating func directives(
    from line: Int, depth: Int, isBraced: Bool = true
  ) throws(CorefileError) -> [Corefile.Directive] {
    guard depth <= Self.maximumDepth else {
      throw CorefileError(line: line, message: "more than \(Self.maximumDepth) braces within braces")
    }
    var result: [Corefile.Directive] = []
    while position < tokens.count {
      let first = tokens[position]
      switch first.text {
      case "}" where isBraced:
        position += 1
        return result
      case "}": throw CorefileError(line: first.line, message: "a } without a { before it")
      case "{": throw CorefileError(line: first.line, message: "a { that belongs to nothing")
      case "import": try expandImport()
      default: result.append(try directive(depth: depth))
      }
    }
    if !isBraced { return result }
    throw CorefileError(line: line, message: "a { that is not closed")
  }

  /// A directive: all words of its line, and what follows in braces.
  private mutating func directive(depth: Int) throws(CorefileError) -> Corefile.Directive {
    let first = tokens[position]
    var directive = Corefile.Directive(name: replacingVariables(first), arguments: [], line: first.line)
    position += 1
    while position < tokens.count, tokens[position].row == first.row {
      let token = tokens[position]
      if token.text == "}" { break }
      position += 1
      if token.text == "{" {
        directive.body = try directives(from: token.line, depth: depth + 1)
        break
      }
      let text = replacingVariables(token)
      // A variable may hold several words; quotes hold one together.
      directive.arguments += text == token.text ? [text] : text.split(separator: " ").map(String.init)
    }
    return directive
  }

  // MARK: Imports and variables

  private var imports = 0

  /// Puts a snippet's words in the place of `import NAME`. Files are named, not read: they lie in CoreDNS' pod.
  private mutating func expandImport() throws(CorefileError) {
    let start = position
    let (line, row) = (tokens[position].line, tokens[position].row)
    position += 1
    var arguments: [String] = []
    while position < tokens.count, tokens[position].row == row, tokens[position].text != "}" {
      arguments.append(replacingVariables(tokens[position]))
      position += 1
    }
    guard let name = arguments.first else { throw CorefileError(line: line, message: "import of nothing") }
    guard let words = snippets[name] else {
      notes.append(
        CorefileNote(
          line: line, text: "import \(name)",
          reason: "files are not read: put what they hold in its place, if there are any", changesAnswers: true))
      return
    }
    imports += 1
    let total = tokens.count + words.count
    guard imports <= Self.maximumImports * Self.maximumImports, total <= CorefileLexer.maximumTokens else {
      throw CorefileError(line: line, message: "import \(name): snippets that use themselves, or too many of them")
    }
    // Messages name the lines where they were written; none of these runs on into what stands around them here.
    let shift = imports << 32
    tokens.replaceSubrange(
      start..<position,
      with: words.map { word in
        var word = word
        word.row += shift
        return word
      })
    position = start
  }

  /// `{$NAME}` and `{%NAME%}` are the variable's value. One that is not set is kept as it is, and told.
  private mutating func replacingVariables(_ token: CorefileToken) -> String {
    var result = token.text
    for (open, close) in [("{$", "}"), ("{%", "%}")] {
      var rest = result[...]
      var text = ""
      while let start = rest.firstRange(of: open), let end = rest[start.upperBound...].firstRange(of: close) {
        let name = String(rest[start.upperBound..<end.lowerBound])
        text += rest[..<start.lowerBound]
        if let value = environment[name] {
          text += value
        } else {
          notes.append(
            CorefileNote(
              line: token.line, text: "\(open)\(name)\(close)",
              reason: "the variable is not set here; set it and try again", changesAnswers: true))
        }
        rest = rest[end.upperBound...]
      }
      result = text + rest
    }
    return result
  }
}
