// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import DNSConfiguration
import Foundation
import Logging

/// `callsign dns`: serves names without a cluster of its own.
struct DNSCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dns", abstract: "Serve the names of Services as a DNS server.",
    usage: "callsign dns [--config FILE] [--check] [--SETTING VALUE]…",
    discussion: discussion)

  private static var discussion: String {
    """
    Each setting is a flag, an environment variable (--forward-upstreams is CALLSIGN_DNS_FORWARD_UPSTREAMS) and a \
    member of the configuration file, which is YAML or JSON (forward: {upstreams: […]}). A flag goes before the \
    environment, and that before the file. Lists have commas between their items.

    --config FILE reads the file; SIGHUP, or a change of it, has it read again. --check says whether the settings \
    are valid, shows those that were given, and ends.

    Settings:

    """ + SettingHelp.text
  }

  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func run() async throws {
    let loader: ConfigurationLoader
    let loaded: LoadedConfiguration
    do {
      let read = try CommandArguments(arguments)
      if read.wantsHelp {
        print(Self.helpMessage(columns: 100))
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
      for setting in Setting.all {
        guard let given = loaded.given[setting.key] else { continue }
        print("\(setting.key): \(given.items.joined(separator: ", "))   (\(given.place))")
      }
      print("the settings are valid")
      return
    }
    let level = Logger.Level(rawValue: loaded.configuration.logLevel.rawValue) ?? .info
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    try await NameServer(loader: loader, loaded: loaded, logger: Logger(label: "callsign")).run()
  }
}
