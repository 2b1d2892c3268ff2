// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import DNSWire
import Foundation
import KubeClient
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
  private let source: NameSource
  private let sockets: CurrentSockets
  private let observability: [ObservabilitySocket]
  private let logLevel: LiveLogLevel
  private let explains: LiveSwitch
  private let logger: Logger

  /// Opens everything that can fail.
  init(loader: ConfigurationLoader, loaded: LoadedConfiguration, logLevel: LiveLogLevel, logger: Logger) throws {
    self.loader = loader
    self.loaded = loaded
    self.logLevel = logLevel
    self.logger = logger
    let settings = loaded.configuration
    explains = LiveSwitch(settings.explains)
    source = try NameSource(settings)
    var naming = settings.naming
    naming.firstSerial = UInt32(truncatingIfNeeded: Int64(Date().timeIntervalSince1970))
    naming.needsNamespaceObject = !settings.kubernetes.namespaceSelector.isEmpty
    switch source {
    // Manifests hold all there is, so pod names can be verified from any moment on.
    case .manifests: names = NameIndex(naming, knowsPods: true)
    // The API server is asked for pods only where they are needed.
    case .cluster: names = NameIndex(naming)
    }
    sockets = CurrentSockets(try NameServerSockets(settings))
    observability = try ObservabilitySocket.open(settings.observability)
  }

  func run() async throws {
    let settings = loaded.configuration
    let metrics = ServerMetrics()
    let programming = ProgrammingDuration()
    let readiness = Readiness()
    let server = DNSServer(
      index: names, sockets: sockets.value.all, settings: settings.server, metrics: metrics, logger: logger,
      directory: pods, onLameduck: { readiness.beginShutdown() })
    let notifier = ZoneNotifier(index: names, settings: settings.notify, logger: logger)
    let registry = MetricsRegistry([
      metrics, ForwardMetrics(server.forwarder), NameMetrics(names), programming, BuildInfo(version: Version.number),
      ProcessMetrics(),
    ])
    var lines = sockets.value.lines
    let follower: any ServiceLifecycle.Service
    switch source {
    case .manifests(let objects, let paths):
      readiness.add(
        Readiness.Check("names") { [names] in names.snapshot.isSynced ? nil : "not all objects are known yet" })
      follower = ObjectFollower(
        names: names, pods: pods, source: objects, paths: paths, programming: programming, logger: logger)
    case .cluster(let connection):
      let cluster = cluster(connection, programming)
      let follows = clusterFollower(cluster, connection, server)
      readiness.add(Readiness.Check("names") { cluster.problem(staleAfter: follows.staleAfter) })
      registry.add(ClusterMetrics(cluster, host: connection.host))
      lines.append("cluster  \(connection.description)")
      follower = follows
    }
    // In the order in which they end, the last first: names stay live while questions are answered.
    let services: [any ServiceLifecycle.Service] = [
      ObservabilityServer(
        sockets: observability, settings: settings.observability, metrics: registry, readiness: readiness,
        pages: [explainPage(server)], logger: logger),
      follower,
      notifier,
      SettingsFollower(
        loader: loader, loaded: loaded, names: names, server: server, sockets: sockets, notifier: notifier,
        logLevel: logLevel, explains: explains, isOfCluster: isOfCluster, logger: logger),
      server,
      NameServerStart(names: names, lines: lines),
    ]
    // It describes services with all that they hold.
    var groupLogger = logger
    groupLogger.logLevel = .info
    let configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .ignore) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: groupLogger)
    try await ServiceGroup(configuration: configuration).run()
  }
}

extension NameServer {
  private var isOfCluster: Bool {
    if case .cluster = source { true } else { false }
  }

  private func cluster(_ connection: ClusterConnection, _ programming: ProgrammingDuration) -> ClusterReflector {
    let settings = loaded.configuration
    let (holds, completes) = (settings.server.hold.milliseconds > 0, settings.server.completesNames)
    return ClusterReflector(
      ClusterReflector.kinds(settings.naming, holdsQuestions: holds, completesNames: completes),
      transport: connection.transport,
      names: ReflectedNames(
        names, directory: holds || completes ? pods : nil, now: { .now() }, onServed: { programming.observe($0) }),
      settings: ReflectorSettings(settings.kubernetes), logger: logger)
  }

  private func clusterFollower(
    _ cluster: ClusterReflector, _ connection: ClusterConnection, _ server: DNSServer
  ) -> ClusterFollower {
    let settings = loaded.configuration
    // Before the first question is. Of whom is asked then, the settings decide, also later ones.
    server.fallBack(true)
    let seconds = settings.kubernetes.staleSeconds
    return ClusterFollower(
      cluster: cluster, transport: connection.transport, server: server,
      staleAfter: seconds > 0 ? .seconds(seconds) : nil, logger: logger)
  }

  private func explainPage(_ server: DNSServer) -> ObservabilityPage {
    let page = ExplainPage(names: names, server: server, isOn: explains)
    switch source {
    case .manifests(let objects, _): return page.page(objects)
    case .cluster(let connection):
      return page.page(ObjectFetch(connection.transport), ObjectFilter(loaded.configuration.kubernetes))
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
