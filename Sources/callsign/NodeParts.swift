// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import PodRuntime
import ServiceLifecycle
import ServiceRouting

/// The parts of the cluster that depend on whether pods really run.
struct NodeParts: Sendable {
  private let node: PodNode
  private let network: NodeNetwork
  private let router: ServiceRouter<ContinuousClock>?
  /// What the user should know about the pods; nil for nothing.
  let note: String?

  /// Finds out what the machine allows, as far as the user leaves that open.
  init(_ choice: RuntimeChoice, folder: DataFolder, store: ObjectStore, logger: Logger) async throws(CommandError) {
    let network = NodeNetwork()
    let configuration = PodNode.Configuration(
      dataDirectory: folder.path, nodeName: NodeSettings.name, clusterDomain: NodeSettings.zone, network: network)
    let now: @Sendable () -> Timestamp = { .now() }
    self.network = network
    var reason: String?
    if choice != .none {
      do {
        let node = try await PodNode.containers(configuration, source: store, writer: store, now: now, logger: logger)
        self.node = node
        let program = configuration.executable
        router = ServiceRouter(
          source: store,
          configuration: RoutingConfiguration(
            serviceCIDRs: [network.serviceRange], nodeAddresses: [network.nodeAddress]),
          clock: ContinuousClock(), logger: logger
        ) { script in
          try await node.require(["nft", "-f", "-"], input: script)
        } surveyFlows: { flows in
          try await node.require([program, FlowSurvey.subcommand], input: flows)
        }
        note = nil
        return
      } catch {
        if choice == .oci || error.code != .unsupported { throw CommandError("pods cannot run: \(error)") }
        reason = error.message
      }
    }
    node = PodNode.addresses(configuration, source: store, writer: store, now: now, logger: logger)
    router = nil
    note = reason.map { "pods get addresses and names but do not run: \($0)" }
  }

  /// `oci` or `none`.
  var runtimeName: String { node.runsContainers ? "oci" : "none" }

  /// In the order in which they have to start.
  var services: [any ServiceLifecycle.Service] {
    var services: [any ServiceLifecycle.Service] = []
    if let router { services.append(router) }
    services.append(node.manager)
    return services
  }

  /// Sockets for DNS in the pod network; none where there is no such network.
  func dnsSockets(on addresses: [HostAddress], port: UInt16) async throws(RuntimeError) -> [DNSSockets] {
    var result: [DNSSockets] = []
    for address in addresses {
      guard let datagram = try await node.boundSocket(octets: address.octets, port: port, isStream: false),
        let stream = try await node.boundSocket(octets: address.octets, port: port, isStream: true)
      else { return [] }
      result.append(DNSSockets(datagrams: [datagram], streams: [stream]))
    }
    return result
  }

  /// A socket for the API in the pod network; nil where there is no such network.
  func apiSocket(on address: HostAddress, port: UInt16) async throws(RuntimeError) -> Descriptor? {
    try await node.boundSocket(octets: address.octets, port: port, isStream: true)
  }
}
