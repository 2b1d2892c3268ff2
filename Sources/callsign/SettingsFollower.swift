// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import LinuxSystem
import Logging
import Naming
import ServiceLifecycle
import UnixSignals

/// Reads settings again on SIGHUP and when a file changes that they come from or name, and gives them to what runs.
struct SettingsFollower: ServiceLifecycle.Service {
  let loader: ConfigurationLoader
  let loaded: LoadedConfiguration
  let names: NameIndex
  let server: DNSServer
  /// Those that the server serves.
  let sockets: CurrentSockets
  let notifier: ZoneNotifier
  let logLevel: LiveLogLevel
  let explains: LiveSwitch
  /// Whether names come from a cluster. Of its objects those are followed that the settings needed at the start.
  let isOfCluster: Bool
  let logger: Logger

  func run() async throws {
    // Opened before anything else can fail: a file that cannot be watched is told at the start.
    let first = try watchedFiles(loaded).map { try PathWatch($0) }
    try await cancelWhenGracefulShutdown {
      let (changes, change) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      let (files, file) = AsyncStream<PathWatch>.makeStream(bufferingPolicy: .bufferingNewest(1))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for await _ in await UnixSignalsSequence(trapping: .sighup) { change.yield() }
        }
        group.addTask { await watch(files) { change.yield() } }
        if let first { file.yield(first) }
        group.addTask {
          var current = loaded
          for await _ in changes {
            let last = watchedFiles(current)
            current = await takeSettings(after: current)
            guard let paths = watchedFiles(current), paths != last else { continue }
            do { file.yield(try PathWatch(paths)) } catch {
              logger.warning("settings: \(error); changes of \(paths.joined(separator: ", ")) go unnoticed")
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  /// The configuration file, and certificate and key: a renewed one comes in files of the same names. `nil`: none.
  private func watchedFiles(_ loaded: LoadedConfiguration) -> [String]? {
    let tls = loaded.configuration.server.tls
    let files = [loader.arguments.file, tls?.certificate, tls?.key].compactMap { $0 }
    return files.isEmpty ? nil : files
  }

  /// Tells of changes of the files that were named last.
  private func watch(_ files: AsyncStream<PathWatch>, _ changed: @escaping @Sendable () -> Void) async {
    var files = files.makeAsyncIterator()
    var next = await files.next()
    while let opened = next {
      next = await withTaskGroup(of: Void.self) { group in
        group.addTask {
          var watch = opened
          do {
            while try await watch.change() { changed() }
          } catch where !Task.isCancelled {
            logger.warning("settings: \(error); changes of \(watch.paths.joined(separator: ", ")) go unnoticed")
          } catch {}
        }
        defer { group.cancelAll() }
        return await files.next()
      }
    }
  }

  /// The settings that are in force afterwards. What is not valid changes nothing.
  private func takeSettings(after current: LoadedConfiguration) async -> LoadedConfiguration {
    let new: LoadedConfiguration
    let wanted: NameServerSockets
    do {
      new = try loader.load()
    } catch {
      logger.warning("settings have mistakes and were not taken: \(error)")
      return current
    }
    do {
      wanted = try sockets.value.following(new.configuration)
    } catch {
      // Such as `10.0.0.1:53` while the server has `:53`.
      logger.warning("settings were not taken: \(error); if it is this server that uses it, start anew")
      return current
    }
    // First, since some of the server's go by them.
    names.update(new.configuration.naming)
    do {
      try server.update(new.configuration.server)
    } catch {
      names.update(current.configuration.naming)
      logger.warning("settings were not taken: \(error)")
      return current
    }
    do {
      try await server.update(sockets: wanted.all)
      sockets.replace(by: wanted)
    } catch {
      logger.warning("other places are not served: \(error)")
    }
    if isOfCluster { tellOfPods(new.configuration) }
    notifier.update(new.configuration.notify)
    logLevel.set(new.configuration.logLevel.level)
    explains.set(new.configuration.explains)
    let later = new.settingsForNextStart(since: loaded)
    if !later.isEmpty {
      logger.warning("these settings take effect at the next start: \(later.joined(separator: ", "))")
    }
    logger.info("settings were read again")
    return new
  }

  /// Says which settings need pods of the cluster that are not followed, or that pods are followed for nothing.
  private func tellOfPods(_ new: DNSConfiguration) {
    let first = loaded.configuration.server
    let (held, completed) = (first.hold.milliseconds > 0, first.completesNames)
    var waiting: [String] = []
    if new.naming.podNames == .verified, !names.knowsPods {
      waiting.append("podNames (\(names.settings.podNames.rawValue) until then)")
    }
    if new.server.hold.milliseconds > 0, !held { waiting.append("hold.time") }
    if new.server.completesNames, !completed, !held { waiting.append("searchCompletion") }
    if !waiting.isEmpty {
      logger.warning(
        """
        these settings need pods of the cluster, which are followed for them from the next start on: \
        \(waiting.joined(separator: ", "))
        """)
    }
    if names.knowsPods, new.naming.podNames != .verified {
      logger.info(
        "podNames: pods of the cluster are followed on until the next start, so that verified can be had again")
    }
  }
}

extension ConfigurationLogLevel {
  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
