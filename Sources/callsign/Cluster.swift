// SPDX-License-Identifier: Apache-2.0
import APIServer
import Controllers
import DNSServer
import DNSWire
import Foundation
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import Manifests
import Naming
import NIOPosix
import PodRuntime
import ServiceLifecycle
import ServiceRouting
import UnixSignals

/// A whole cluster on one machine: the parts of the program, wired together.
struct Cluster: Sendable {
  /// The API server's port in the pod network.
  private static let podAPIPort: UInt16 = 6443
  /// The DNS server's port in the pod network.
  private static let podDNSPort: UInt16 = 53

  private let folder: DataFolder
  private let lock: Descriptor
  private let store: ObjectStore
  private let names: NameIndex
  private let authority: CertificateAuthority
  private let addresses: ClusterAddresses
  private let node: NodeParts
  private let services: [any ServiceLifecycle.Service]
  private let logger: Logger

  /// Opens everything that can fail: folder, ports, database, keys, pod runtime.
  init(folder: DataFolder, apiPort: UInt16, dnsPort: UInt16, runtime: RuntimeChoice, logger: Logger) async throws {
    self.folder = folder
    self.logger = logger
    try folder.make()
    lock = try folder.takeLock()
    let loopback = HostAddress("127.0.0.1")!
    let hostDNS = try DNSSockets.open(loopback, port: dnsPort)
    let hostAPI = try APISockets.open(loopback, port: apiPort)
    // It holds Secrets. SQLite gives the files beside it the same mode.
    if !Files.exists(folder.database) { try Files.write([], to: folder.database, mode: 0o600) }
    store = try ObjectStore(configuration: StoreConfiguration(path: folder.database))
    authority = try CertificateAuthority(folder: folder.keys)
    let token = try BearerToken(folder: folder.keys)
    node = try await NodeParts(runtime, folder: folder, store: store, logger: logger)

    addresses = ClusterAddresses(
      apiPort: hostAPI.port, dnsPort: hostDNS.port ?? dnsPort, zone: NodeSettings.zone, runtime: node.runtimeName)
    try Kubeconfig(
      server: "https://127.0.0.1:\(hostAPI.port)", authorityCertificate: authority.authorityCertificate, token: token
    ).write(to: folder.kubeconfig)
    try addresses.write(to: folder.addresses)

    let network = NodeNetwork()
    let podAddress = HostAddress(network.nodeAddress)!
    let dnsAddress = HostAddress(network.dnsAddress)!
    names = NameIndex(
      NamingSettings(serverAddresses: [dnsAddress], firstSerial: UInt32(truncatingIfNeeded: Timestamp.now().seconds)))
    let podDNS = try await node.dnsSockets(on: [podAddress, dnsAddress], port: Self.podDNSPort)
    let server = DNSServer(index: names, sockets: [hostDNS] + podDNS, settings: Self.dnsSettings(), logger: logger)
    let explainer = NameExplainer(names: names, source: store, conduct: server) { name, pod in
      let resolver = DNSServer::ResolverConfiguration(of: pod, zone: NodeSettings.zone)
      return .init(servers: resolver.nameservers, names: try resolver.candidates(for: name))
    }
    let podAPI = try await node.apiSocket(on: podAddress, port: Self.podAPIPort)
    services = [
      NameFollower(names: names, source: store),
      server,
    ] + node.services + [
      ControllerManager(
        source: store,
        reconcilers: StandardReconcilers.all(
          ClusterAccess(source: store, writer: store, now: { .now() }),
          configuration: ClusterConfiguration(
            nodeName: NodeSettings.name, nodeAddress: network.nodeAddress, podCIDR: network.podRange,
            capacity: NodeSettings.capacity, nodeInfo: NodeSettings.info, apiPort: Self.podAPIPort,
            dnsAddress: network.dnsAddress, dnsPort: Self.podDNSPort,
            certificateAuthority: authority.authorityCertificate)),
        clock: ContinuousClock(), logger: logger),
      APIServer(
        store: store,
        sockets: [.tls(descriptor: try hostAPI.socket.duplicated()), .trusted(path: folder.apiSocket)]
          + (try podAPI.map { [.tls(descriptor: try $0.duplicated())] } ?? []),
        authority: authority, token: token,
        readiness: [ReadinessCheck("dns") { [names] in names.snapshot.isSynced ? nil : "names are not loaded yet" }],
        explain: { parameter throws(StatusError) in
          try explainer.explain(ExplainRequest(parameters: parameter)).json
        },
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger),
    ]
  }

  /// Runs until the process is told to end; then ends the pods, answers what is under way, and closes the database.
  func run(applying documents: [ManifestDocument]) async throws {
    let start = ClusterStart(
      store: store, names: names, addresses: addresses, kubeconfig: folder.kubeconfig, documents: documents,
      note: node.note)
    var configuration = ServiceGroupConfiguration(
      services: (services + [start]).map { .init(service: $0, successTerminationBehavior: .ignore) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.cancellationSignals = [UnixSignal.sigquit]
    let outcome: Result<Void, any Error>
    do {
      try await ServiceGroup(configuration: configuration).run()
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    await store.close()
    try? Files.remove(folder.addresses)
    withExtendedLifetime(lock) {}
    try outcome.get()
  }

  /// Names outside the cluster go to the machine's own resolvers.
  private static func dnsSettings() -> DNSServerSettings {
    var settings = DNSServerSettings()
    let text = (try? Files.readText("/etc/resolv.conf")) ?? ""
    settings.forwarding.upstreams = DNSServer::ResolverConfiguration(parsing: text).nameservers.map { Upstream($0) }
    return settings
  }
}

/// Keeps the names in step with the store's objects.
private struct NameFollower: ServiceLifecycle.Service {
  let names: NameIndex
  let source: any ObjectSource

  func run() async {
    // Names stay true as long as anything runs: the follower ends with the process's last services.
    await cancelWhenGracefulShutdown {
      await waitForAPIService()
      await names.follow(source)
    }
  }

  /// Returns when the Service is there that every cluster has: names are not complete without it, and so not synced.
  /// It is made at the first start, in the namespace `default`, which is there by then.
  private func waitForAPIService() async {
    let changes = source.changes(of: [.services])
    defer { changes.finish() }
    for await _ in changes where source.object(.services, namespace: "default", name: "kubernetes") != nil { return }
  }
}
