// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import DNSWire
import Foundation
import KubeModel
import LinuxSystem
import Logging
import Manifests
import Naming
import ServiceLifecycle
import UnixSignals

/// What `callsign dns` runs: names, and the server that answers them.
struct NameServer: Sendable {
  private let loader: ConfigurationLoader
  private let loaded: LoadedConfiguration
  private let names: NameIndex
  private let objects: ManifestSource
  private let sockets: [DNSSockets]
  private let logger: Logger

  /// Opens everything that can fail.
  init(loader: ConfigurationLoader, loaded: LoadedConfiguration, logger: Logger) throws {
    self.loader = loader
    self.loaded = loaded
    self.logger = logger
    let settings = loaded.configuration
    guard !settings.objects.isEmpty else {
      throw CommandError("there are no objects to serve: name manifests with --objects PATH")
    }
    var naming = settings.naming
    naming.firstSerial = UInt32(truncatingIfNeeded: Int64(Date().timeIntervalSince1970))
    names = NameIndex(naming)
    objects = ManifestSource(paths: settings.objects)
    sockets = try settings.listen.flatMap { try Self.open($0, workers: settings.workers) }
  }

  func run() async throws {
    let services: [any ServiceLifecycle.Service] = [
      ManifestFollower(names: names, source: objects, paths: loaded.configuration.objects, logger: logger),
      DNSServer(index: names, sockets: sockets, settings: loaded.configuration.server, logger: logger),
      NameServerStart(names: names, places: Set(sockets.flatMap(\.places)).map(\.description).sorted()),
    ]
    let configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await ServiceGroup(configuration: configuration).run()
  }

  /// Opens every address of `listen`. A machine without IPv6 has no addresses of it.
  private static func open(_ listen: ListenAddress, workers: Int) throws -> [DNSSockets] {
    var opened: [DNSSockets] = []
    var port = listen.port
    for address in listen.addresses {
      let isOptional = listen.address == nil && address.family == .ipv6
      do {
        let sockets = try DNSSockets.open(address, port: port, workers: workers)
        port = sockets.port ?? port
        opened.append(sockets)
      } catch {
        guard isOptional, error.isAddressMissing else { throw error }
      }
    }
    return opened
  }
}

/// Says where the server is, and when it has names.
private struct NameServerStart: ServiceLifecycle.Service {
  let names: NameIndex
  let places: [String]

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for place in places { show("DNS  \(place)") }
      await names.waitUntilSynced()
      if !Task.isCancelled { show("ready") }
    }
    try? await gracefulShutdown()
  }

  private func show(_ line: String) {
    // Nobody may be reading any more, which is no reason to end.
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
  }
}

/// Keeps names in step with manifest files.
private struct ManifestFollower: ServiceLifecycle.Service {
  let names: NameIndex
  let source: ManifestSource
  let paths: [String]
  let logger: Logger

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await names.follow(source) }
        group.addTask { try await watch() }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  /// The first reading has to succeed; a later one that does not leaves all as it was.
  private func watch() async throws {
    // Watched before they are read, so that no change falls between.
    let folders = Set(paths.map(Self.folder)).sorted()
    let watches = try folders.map { try DirectoryWatch($0) }
    try readFirst()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for watch in watches {
        group.addTask {
          while try await watch.change() { readAgain() }
        }
      }
      try await group.waitForAll()
    }
  }

  private func readFirst() throws(CommandError) {
    do {
      try source.read()
    } catch {
      throw CommandError("\(error.problems.count) mistakes in the manifests:\n\(error)")
    }
  }

  private func readAgain() {
    do {
      let count = try source.read()
      logger.info("manifests were read again", metadata: ["objects": "\(count)"])
    } catch {
      logger.warning("manifests have mistakes and were not taken: \(error)")
    }
  }

  /// The folder whose files are looked at: the path itself, or what a file is in.
  private static func folder(_ path: String) -> String {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists, isFolder.boolValue { return path }
    let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    return parent.isEmpty ? "." : parent
  }
}
