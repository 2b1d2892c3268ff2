// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The command line of `callsign dns`, read against the settings that there are.
package struct CommandArguments: Hashable, Sendable {
  /// The configuration file; `nil` for none.
  package var file: String?
  package var isCheck = false
  package var wantsHelp = false
  /// A CoreDNS configuration to make settings of; `nil` for none.
  package var corefile: String?
  /// By key. A flag that is given several times makes a list.
  var values: [String: [String]] = [:]

  private static let own = ["--config", "--check", "--help", "--import-corefile"]

  /// - Throws: the first argument that makes no sense.
  package init(_ arguments: [String]) throws(ConfigurationProblem) {
    let settings = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.flag, $0) })
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let flag = String(parts[0])
      let attached = parts.count > 1 ? String(parts[1]) : nil
      switch flag {
      case "--check", "--help", "-h":
        guard attached == nil else { throw ConfigurationProblem(place: flag, message: "takes no value") }
        if flag == "--check" { isCheck = true } else { wantsHelp = true }
      case "--config", "-c":
        file = try Self.value(attached, &rest, of: flag)
      case "--import-corefile":
        corefile = try Self.value(attached, &rest, of: flag)
      default:
        guard let setting = settings[flag] else { throw Self.unknown(argument, flag) }
        let value = try Self.value(attached, &rest, of: flag)
        values[setting.key, default: []] += SettingSources.split(value)
      }
    }
    if corefile != nil, file != nil || isCheck || !values.isEmpty {
      throw ConfigurationProblem(
        place: "--import-corefile", message: "stands alone: it reads no settings, and writes some")
    }
  }

  private static func value(
    _ attached: String?, _ rest: inout ArraySlice<String>, of flag: String
  ) throws(ConfigurationProblem) -> String {
    if let attached { return attached }
    guard let next = rest.first, !next.hasPrefix("--") else {
      throw ConfigurationProblem(place: flag, message: "needs a value: \(flag) VALUE or \(flag)=VALUE")
    }
    rest.removeFirst()
    return next
  }

  private static func unknown(_ argument: String, _ flag: String) -> ConfigurationProblem {
    guard flag.hasPrefix("-") else {
      return ConfigurationProblem(place: argument, message: "is no flag; flags begin with --")
    }
    let near = SpellingDistance.nearest(to: flag, among: Setting.all.map(\.flag) + own)
    return ConfigurationProblem(
      place: flag, message: "unknown flag" + (near.map { ": did you mean \($0)?" } ?? "; see callsign dns --help"))
  }
}
