// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads settings again on SIGHUP and when their file changes, and gives them to the running server.
struct SettingsFollower: ServiceLifecycle.Service {
  let loader: ConfigurationLoader
  let loaded: LoadedConfiguration
  let server: DNSServer
  let logger: Logger

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      let (changes, change) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for await _ in await UnixSignalsSequence(trapping: .sighup) { change.yield() }
        }
        if let file = loader.arguments.file {
          let opened = try PathWatch([file])
          group.addTask {
            var watch = opened
            while try await watch.change() { change.yield() }
          }
        }
        group.addTask {
          var current = loaded
          for await _ in changes { current = takeSettings(after: current) }
        }
        try await group.waitForAll()
      }
    }
  }

  /// The settings that are in force afterwards. What is not valid changes nothing.
  private func takeSettings(after current: LoadedConfiguration) -> LoadedConfiguration {
    let new: LoadedConfiguration
    do {
      new = try loader.load()
    } catch {
      logger.warning("settings have mistakes and were not taken: \(error)")
      return current
    }
    do {
      try server.update(new.configuration.server)
    } catch {
      logger.warning("settings were not taken: \(error)")
      return current
    }
    let later = new.settingsForNextStart(since: loaded)
    if !later.isEmpty { logger.warning("these settings take effect at the next start: \(later.joined(separator: ", "))") }
    logger.info("settings were read again")
    return new
  }
}
