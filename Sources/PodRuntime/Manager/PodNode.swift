// SPDX-License-Identifier: Apache-2.0
package import KubeModel
package import LinuxSystem
package import Logging

/// The one node that pods run on, as the wiring of the program sees it.
package struct PodNode: Sendable {
  /// What the node is made with.
  package struct Configuration: Sendable {
    package var dataDirectory: String
    package var nodeName: String
    package var clusterDomain: String
    package var network: NodeNetwork
    /// The program that knows ``HiddenCommands``.
    package var executable: String

    package init(
      dataDirectory: String, nodeName: String, clusterDomain: String, network: NodeNetwork = NodeNetwork(),
      executable: String = ChildProcess.executable
    ) {
      self.dataDirectory = dataDirectory
      self.nodeName = nodeName
      self.clusterDomain = clusterDomain
      self.network = network
      self.executable = executable
    }
  }

  /// Runs the pods.
  package let manager: PodManager
  /// Nil where pods do not really run.
  private let agent: NodeAgent?

  /// A node whose pods are containers: finds or starts the node agent.
  /// - Throws: an error of code `unsupported` that says what the machine lacks, and the remedy.
  package static func containers(
    _ configuration: Configuration, source: any ObjectSource, writer: any ObjectWriter,
    now: @escaping @Sendable () -> Timestamp, logger: Logger
  ) async throws(RuntimeError) -> PodNode {
    let paths = RuntimePaths(dataDirectory: configuration.dataDirectory)
    let runtime = try OCIRuntime(paths: paths)
    let executable = configuration.executable
    // Before anything is started: without it no end of a container would be noticed.
    let exits = try OCIBackend.watchExits(paths)
    let agent = try await NodeAgent.connectOrStart(paths, network: configuration.network, executable: executable)
    let agreed = try RuntimeNote.agree(on: runtime, agent: agent.instance, paths)
    let backend = OCIBackend(
      agent: agent, runtime: agreed, paths: paths, network: configuration.network,
      clusterDomain: configuration.clusterDomain, executable: executable, exits: exits, source: source, now: now,
      logger: logger)
    let manager = PodManager(
      source: source, writer: writer, backend: backend, nodeName: configuration.nodeName, now: now, logger: logger)
    return PodNode(manager: manager, agent: agent)
  }

  /// A node whose pods have addresses and count as running, but do not run.
  package static func addresses(
    _ configuration: Configuration, source: any ObjectSource, writer: any ObjectWriter,
    now: @escaping @Sendable () -> Timestamp, logger: Logger
  ) -> PodNode {
    let backend = AddressBackend(nodeAddress: configuration.network.nodeAddress, now: now)
    let manager = PodManager(
      source: source, writer: writer, backend: backend, nodeName: configuration.nodeName, now: now, logger: logger)
    return PodNode(manager: manager, agent: nil)
  }

  package var runsContainers: Bool { agent != nil }

  /// A socket in the pod network, bound; nil where there is no such network.
  /// - Parameter octets: the address, 4 or 16 octets in network order.
  package func boundSocket(octets: [UInt8], port: UInt16, isStream: Bool) async throws(RuntimeError) -> Descriptor? {
    guard let agent else { return nil }
    let socket = try await agent.socket(isIPv6: octets.count == 16, isStream: isStream)
    do {
      try InternetSocket.bind(socket, octets: octets, port: port)
    } catch {
      throw RuntimeError(error)
    }
    return socket
  }

  /// Runs a program in the cluster's namespaces, with something to read; does nothing where there are none.
  /// - Returns: what the program printed.
  /// - Throws: what it said where it failed.
  @discardableResult
  package func require(_ arguments: [String], input: String) async throws(RuntimeError) -> String {
    try await agent?.require(arguments, input: input) ?? ""
  }
}
