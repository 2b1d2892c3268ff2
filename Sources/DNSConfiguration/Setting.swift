// SPDX-License-Identifier: Apache-2.0

/// One setting of `callsign dns`, declared once: its key in the file gives the flag and the environment variable, and
/// `--help`, the documentation and every error message come from here.
package struct Setting: Sendable {
  /// The prefix of all environment variables.
  package static let environmentPrefix = "CALLSIGN_DNS"

  /// The place in the configuration file: `forward.maxInFlight`.
  package let key: String
  /// What stands for the value in `--help`.
  package let placeholder: String
  /// One sentence or two, with unit and range.
  package let help: String
  /// The default as it would be written; several items where the setting is a list.
  package let defaultItems: [String]
  /// Whether a change takes effect while the server runs.
  package let isLive: Bool
  /// Whether the value is to stay out of what is shown and logged.
  let isSecret: Bool
  let apply: @Sendable (SettingValue, inout DNSConfiguration) throws(ValueMistake) -> Void

  init(
    _ key: String, _ placeholder: String, default defaultItems: [String], live isLive: Bool = true,
    secret isSecret: Bool = false, _ help: String,
    apply: @escaping @Sendable (SettingValue, inout DNSConfiguration) throws(ValueMistake) -> Void
  ) {
    self.key = key
    self.placeholder = placeholder
    self.help = help
    self.defaultItems = defaultItems
    self.isLive = isLive
    self.isSecret = isSecret
    self.apply = apply
  }

  /// `--forward-max-in-flight`
  package var flag: String { "--" + words.joined(separator: "-") }

  /// `CALLSIGN_DNS_FORWARD_MAX_IN_FLIGHT`
  package var environmentVariable: String {
    ([Self.environmentPrefix] + words.map { $0.uppercased() }).joined(separator: "_")
  }

  /// The key's words in lower case: `forward`, `max`, `in`, `flight`.
  private var words: [String] {
    var words: [String] = []
    for part in key.split(separator: ".") {
      words.append("")
      for character in part {
        if character.isUppercase { words.append("") }
        words[words.count - 1] += character.lowercased()
      }
    }
    return words
  }
}
