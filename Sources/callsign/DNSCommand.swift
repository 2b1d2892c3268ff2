// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import DNSConfiguration
import Foundation
import KubeClient
import LinuxSystem
import Logging
import Manifests

/// `callsign dns`: serves names without a cluster of its own.
struct DNSCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dns", abstract: "Serve the names of Services as a DNS server.",
    usage: "callsign dns [--config FILE] [--check] [--SETTING VALUE]…\n       callsign dns --import-corefile FILE",
    discussion: discussion)

  /// As the argument parser counts them, which breaks longer lines once more.
  private static var columns: Int {
    ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? Terminal.columns ?? 80
  }

  private static var discussion: String {
    """
    Each setting is a flag, an environment variable (--forward-upstreams is CALLSIGN_DNS_FORWARD_UPSTREAMS) and a \
    member of the configuration file, which is YAML or JSON (forward: {upstreams: […]}). A flag goes before the \
    environment, and that before the file. Lists have commas between their items.

    --config FILE reads the file; SIGHUP, or a change of it, has it read again, as a change of certificate or key has. \
    --check says whether the settings are valid, and the manifests or the kubeconfig file that they name; shows those \
    that were given, and ends.

    --import-corefile FILE, or - for standard input, makes a configuration file of one of CoreDNS, writes it to \
    standard output, and ends. What it leaves out is named on standard error; the exit code is 1 where answers can \
    differ for it.

    Settings:

    """ + SettingHelp.text(columns: columns)
  }

  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func run() async throws {
    let loader: ConfigurationLoader
    let loaded: LoadedConfiguration
    do {
      let read = try CommandArguments(arguments)
      if read.wantsHelp {
        print(Self.helpMessage(columns: Self.columns))
        return
      }
      if let corefile = read.corefile {
        try importCorefile(corefile)
        return
      }
      loader = ConfigurationLoader(arguments: read, environment: ProcessInfo.processInfo.environment)
      loaded = try loader.load()
    } catch let problem as ConfigurationProblem {
      throw CommandError(problem.description)
    } catch let problems as ConfigurationProblems {
      let count = problems.problems.count
      throw CommandError(count == 1 ? problems.description : "\(count) mistakes in the settings:\n\(problems)")
    }
    if loader.arguments.isCheck {
      try await check(loaded)
      return
    }
    let level = LiveLogLevel(loaded.configuration.logLevel.level)
    LoggingSystem.bootstrap { LiveLogHandler($0, level) }
    try await NameServer(loader: loader, loaded: loaded, logLevel: level, logger: Logger(label: "callsign")).run()
  }

  /// Reads what the settings name, and shows those that were given.
  private func check(_ loaded: LoadedConfiguration) async throws {
    let settings = loaded.configuration
    if !settings.objects.isEmpty { try ObjectFollower.readFirst(ManifestSource(paths: settings.objects)) }
    do { try await ClusterConnection.check(settings.kubernetes) } catch {
      throw CommandError("kubernetes.kubeconfig: \(error)")
    }
    for setting in Setting.all {
      guard let given = loaded.given[setting.key] else { continue }
      print("\(setting.key): \(given.items.joined(separator: ", "))   (\(given.place))")
    }
    print("the settings are valid")
  }

  /// Octets of a Corefile that are read.
  private static let maximumCorefile = 1 << 20

  /// Writes the settings that a Corefile amounts to, and what is not among them.
  private func importCorefile(_ path: String) throws {
    let name = path == "-" ? "standard input" : path
    let notText = CommandError("\(name) is not UTF-8 text of at most \(Self.maximumCorefile >> 20) MiB")
    let octets: [UInt8]
    do {
      octets = path == "-"
        ? [UInt8](try FileHandle.standardInput.read(upToCount: Self.maximumCorefile + 1) ?? Data())
        : try Files.read(path, limit: Self.maximumCorefile)
    } catch let error as SystemError {
      throw error.isTooLarge ? notText : CommandError("\(name) cannot be read: \(ConfigurationLoader.reason(error))")
    }
    guard octets.count <= Self.maximumCorefile, let text = String(validating: octets, as: UTF8.self) else {
      throw notText
    }
    let result: CorefileImport
    do {
      result = try CorefileImport(text, name: name, environment: ProcessInfo.processInfo.environment)
    } catch {
      throw CommandError("\(name):\(error)")
    }
    print(result.yaml, terminator: "")
    for note in result.notes { try FileHandle.standardError.write(contentsOf: Data("\(name):\(note)\n".utf8)) }
    if result.changesAnswers { throw ExitCode(1) }
  }
}
