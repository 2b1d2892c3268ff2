// SPDX-License-Identifier: Apache-2.0

/// The settings as text.
package enum SettingHelp {
  /// Longer lines are hard to read, and much shorter ones have no place for a word.
  private static let widths = 40...100
  private static let indent = 8

  /// What `callsign dns --help` says of them, in lines that are shorter than so many columns.
  package static func text(columns: Int) -> String {
    let width = min(max(columns, widths.lowerBound), widths.upperBound) - 1
    return Setting.all.map { setting in
      let standard = setting.defaultItems.isEmpty ? "none" : setting.defaultItems.joined(separator: ",")
      let words = "\(setting.help) Default: \(standard).\(setting.isLive ? "" : " Takes effect at the next start.")"
      return "  \(setting.flag) \(setting.placeholder)\n" + wrap(words, width)
    }.joined(separator: "\n")
  }

  /// The table of the documentation, in Markdown.
  package static var table: String {
    let rows = Setting.all.map { setting in
      let standard = setting.defaultItems.map { "`\($0)`" }.joined(separator: ", ")
      let help = setting.help.replacing("|", with: "\\|")
      let live = setting.isLive ? "yes" : "no"
      return "| `\(setting.key)` | \(standard.isEmpty ? "none" : standard) | \(help) | \(live) |"
    }
    return (["| setting | default | what it is | live |", "|---|---|---|---|"] + rows).joined(separator: "\n")
  }

  private static func wrap(_ text: String, _ width: Int) -> String {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
      let length = lines[lines.count - 1].count
      if length > 0, indent + length + 1 + word.count > width { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }
}
