// SPDX-License-Identifier: Apache-2.0
import Configuration
import KubeModel

/// The three places that settings come from: a flag goes before the environment, and that before the file.
struct SettingSources {
  private let flags: ConfigReader
  private let environment: ConfigReader
  private let file: ConfigReader
  private let lines: [String: Int]
  private let path: String
  private(set) var problems: [ConfigurationProblem]

  init(_ arguments: CommandArguments, environment: [String: String], file: ConfigurationFile?) {
    flags = Self.reader("flags", arguments.values)
    let prefix = Setting.environmentPrefix + "_"
    let own = environment.filter { $0.key.hasPrefix(prefix) }
    self.environment = ConfigReader(
      provider: EnvironmentVariablesProvider(environmentVariables: own).prefixKeys(with: ["callsign", "dns"]))
    self.file = Self.reader("file", file?.values ?? [:])
    lines = file?.lines ?? [:]
    path = file?.path ?? ""
    problems = file?.problems ?? []
    let known = Setting.all.map(\.environmentVariable)
    for name in own.keys.sorted() where !known.contains(name) && !Self.isOfService(name) {
      let near = SpellingDistance.nearest(to: name, among: known)
      let advice = near.map { ": did you mean \($0)?" } ?? "; see callsign dns --help"
      problems.append(ConfigurationProblem(place: name, message: "unknown setting" + advice))
    }
  }

  /// The value that counts, and where it stands; nil where none is given.
  func value(of setting: Setting) -> (value: SettingValue, place: String)? {
    let key = ConfigKey(setting.key.split(separator: ".").map(String.init))
    if let items = flags.stringArray(forKey: key) { return (SettingValue(items: items), setting.flag) }
    if let items = environment.stringArray(forKey: key) {
      return (SettingValue(items: items.flatMap(Self.split)), setting.environmentVariable)
    }
    guard let items = file.stringArray(forKey: key) else { return nil }
    return (SettingValue(items: items), lines[setting.key].map { "\(path):\($0)" } ?? path)
  }

  /// Kubernetes tells pods of each Service of their namespace by variables, as `CALLSIGN_DNS_SERVICE_HOST` and
  /// `CALLSIGN_DNS_PORT_53_UDP` of one that is called `callsign-dns`. No setting has such a name.
  private static func isOfService(_ name: String) -> Bool {
    name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") || name.hasSuffix("_PORT")
      || name.contains("_PORT_")
  }

  /// The items of a list that is written in one text, with commas between.
  static func split(_ text: String) -> [String] {
    let items = text.split(separator: ",").map { item in
      String(item.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
    return items.filter { !$0.isEmpty }
  }

  private static func reader(_ name: String, _ values: [String: [String]]) -> ConfigReader {
    let keyed = values.map { key, items in
      (AbsoluteConfigKey(key.split(separator: ".").map(String.init)), ConfigValue(.stringArray(items), isSecret: false))
    }
    return ConfigReader(
      provider: InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: keyed)))
  }
}
