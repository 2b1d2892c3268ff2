// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

/// Reads the settings of `callsign dns` from flags, environment and file.
package struct ConfigurationLoader: Sendable {
  package let arguments: CommandArguments
  private let environment: [String: String]
  private let isInCluster: Bool

  package init(arguments: CommandArguments, environment: [String: String]) {
    self.arguments = arguments
    isInCluster = environment["KUBERNETES_SERVICE_HOST"].map { !$0.isEmpty } ?? false
    // What is not ours is not kept: descriptions of this end in logs.
    self.environment = environment.filter { $0.key.hasPrefix(Setting.environmentPrefix) }
  }

  /// Reads everything anew, the file included.
  /// - Throws: all problems, not the first alone.
  package func load() throws(ConfigurationProblems) -> LoadedConfiguration {
    let file = try readFile()
    let sources = SettingSources(arguments, environment: environment, file: file)
    var problems = sources.problems
    var configuration = DNSConfiguration()
    configuration.isInCluster = isInCluster
    var given: [String: GivenSetting] = [:]
    for setting in Setting.all {
      guard let (value, place) = sources.value(of: setting) else { continue }
      do {
        try setting.apply(value, &configuration)
        given[setting.key] = GivenSetting(items: setting.isSecret ? ["(secret)"] : value.items, place: place)
      } catch {
        let isNamed = place == setting.flag || place == setting.environmentVariable
        problems.append(
          ConfigurationProblem(place: place, key: isNamed ? "" : setting.key, message: error.message))
      }
    }
    if problems.isEmpty {
      problems = configuration.problems().map { ConfigurationProblem(place: "settings", message: $0) }
    }
    guard problems.isEmpty else { throw ConfigurationProblems(problems) }
    return LoadedConfiguration(configuration: configuration, given: given)
  }

  private func readFile() throws(ConfigurationProblems) -> ConfigurationFile? {
    guard let path = arguments.file else { return nil }
    let octets: [UInt8]
    do {
      octets = try Files.read(path, limit: ConfigurationFile.maximumSize)
    } catch {
      throw Self.problem(path, error.isTooLarge ? Self.notText : "the file cannot be read: \(Self.reason(error))")
    }
    guard let text = String(validating: octets, as: UTF8.self) else { throw Self.problem(path, Self.notText) }
    return ConfigurationFile(path: path, text: text)
  }

  private static let notText = "not UTF-8 text of at most \(ConfigurationFile.maximumSize >> 20) MiB"

  private static func problem(_ path: String, _ message: String) -> ConfigurationProblems {
    ConfigurationProblems([ConfigurationProblem(place: path, message: message)])
  }
}

extension ConfigurationLoader: CustomStringConvertible {
  /// Not the settings, of which some are secret.
  package var description: String { "ConfigurationLoader(\(arguments.file ?? "no file"))" }
}

extension ConfigurationLoader {
  /// Why a file cannot be read.
  package static func reason(_ error: SystemError) -> String {
    if error.isNotFound { return "there is no such file" }
    if error.isNotPermitted { return "permission denied" }
    return error.isFolder ? "it is a folder" : error.reason
  }
}

/// A setting that is not left to its default.
package struct GivenSetting: Hashable, Sendable {
  /// As they were written; of a secret, only that it is one.
  package var items: [String]
  /// `--ttl`, `CALLSIGN_DNS_TTL` or `dns.yaml:7`.
  package var place: String
}

/// Settings, and which of them were given.
package struct LoadedConfiguration: Sendable {
  package var configuration: DNSConfiguration
  /// By key.
  package var given: [String: GivenSetting]

  /// The settings whose values differ from `other`'s and that take effect only when the server starts.
  package func settingsForNextStart(since other: LoadedConfiguration) -> [String] {
    Setting.all.filter { !$0.isLive && given[$0.key]?.items != other.given[$0.key]?.items }.map(\.key)
  }
}

/// Everything that is wrong with a configuration.
package struct ConfigurationProblems: Error, Sendable, CustomStringConvertible {
  package let problems: [ConfigurationProblem]

  init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
