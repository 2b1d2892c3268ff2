// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import DNSWire
import Foundation
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import Manifests
import Naming
import Observability
import ServiceLifecycle
import UnixSignals

/// What `callsign dns` runs: names, the server that answers them, and what tells of both.
struct NameServer: Sendable {
  private let loader: ConfigurationLoader
  private let loaded: LoadedConfiguration
  private let names: NameIndex
  private let pods = PodDirectory()
  private let objects: ManifestSource
  private let sockets: [DNSSockets]
  private let observability: [ObservabilitySocket]
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
    sockets = try NameServerSockets.open(settings)
    observability = try ObservabilitySocket.open(settings.observability)
  }

  func run() async throws {
    let settings = loaded.configuration
    let metrics = ServerMetrics()
    let programming = ProgrammingDuration()
    let readiness = Readiness([
      Readiness.Check("names") { [names] in names.snapshot.isSynced ? nil : "not all objects are known yet" }
    ])
    let server = DNSServer(
      index: names, sockets: sockets, settings: settings.server, metrics: metrics, logger: logger, directory: pods,
      onLameduck: { readiness.beginShutdown() })
    let registry = MetricsRegistry([
      metrics, ForwardMetrics(server.forwarder), NameMetrics(names), programming, BuildInfo(version: Version.number),
      ProcessMetrics(),
    ])
    // In the order in which they end, the last first: names stay live while questions are answered.
    let services: [any ServiceLifecycle.Service] = [
      ObservabilityServer(
        sockets: observability, settings: settings.observability, metrics: registry, readiness: readiness,
        pages: [explainPage], logger: logger),
      ObjectFollower(
        names: names, pods: pods, source: objects, paths: settings.objects, programming: programming, logger: logger),
      ZoneNotifier(index: names, settings: settings.notify, logger: logger),
      SettingsFollower(loader: loader, loaded: loaded, server: server, logger: logger),
      server,
      NameServerStart(names: names, lines: NameServerSockets.lines(sockets)),
    ]
    // It describes services with all that they hold.
    var groupLogger = logger
    groupLogger.logLevel = max(logger.logLevel, .info)
    let configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: groupLogger)
    try await ServiceGroup(configuration: configuration).run()
  }
}

extension NameServer {
  /// `/explain?name=…`: what `callsign explain` says, of the names that are served here. `output=json` gives it in
  /// parts.
  private var explainPage: ObservabilityPage {
    let zone = names.settings.zone
    let explainer = NameExplainer(
      names: names, source: objects, upstreams: loaded.configuration.server.forwarding.upstreams.map(\.description)
    ) { name, pod in
      // The search path of a pod without settings of its own; its machine is not known here.
      let search = ["\(pod.metadata.namespace).svc.", "svc.", ""].compactMap { try? Name($0 + zone.description) }
      let resolver = DNSServer::ResolverConfiguration(search: search, dots: 5)
      return .init(servers: [], names: try resolver.candidates(for: name))
    }
    return ObservabilityPage("/explain") { parameter in
      do throws(StatusError) {
        let json = try explainer.explain(ExplainRequest(parameters: parameter)).json
        if parameter("output") == "json" { return .init(contentType: "application/json", text: json.jsonText + "\n") }
        return .init(text: (json["text"]?.string ?? "") + "\n")
      } catch {
        return .init(status: error.code, text: error.message + "\n")
      }
    }
  }
}

/// Says where the server is, and when it has names.
private struct NameServerStart: ServiceLifecycle.Service {
  let names: NameIndex
  let lines: [String]

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for line in lines { show(line) }
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
