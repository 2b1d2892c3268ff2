// SPDX-License-Identifier: Apache-2.0

/// The settings as text.
package enum SettingHelp {
  /// Columns of a terminal.
  private static let width = 100
  private static let indent = 8

  /// What `callsign dns --help` says of them.
  package static var text: String {
    Setting.all.map { setting in
      let standard = setting.defaultItems.isEmpty ? "none" : setting.defaultItems.joined(separator: ",")
      let words = "\(setting.help) Default: \(standard).\(setting.isLive ? "" : " Takes effect at the next start.")"
      return "  \(setting.flag) \(setting.placeholder)\n" + wrap(words)
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

  private static func wrap(_ text: String) -> String {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
      if !lines[lines.count - 1].isEmpty, indent + lines[lines.count - 1].count + word.count >= width {
        lines.append("")
      }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
    }
    return lines.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
  }
}
