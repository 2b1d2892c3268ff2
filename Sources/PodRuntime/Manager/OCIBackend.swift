// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Logging
import Synchronization

/// Pods as containers: an OCI runtime under conmon, in namespaces that the node agent holds.
final class OCIBackend: PodBackend {
  /// Addresses, and what is known of each pod.
  struct State {
    var pool: AddressPool
    var records: [String: PodRecord] = [:]
    /// Exit files that were passed on.
    var seen: Set<String> = []
    /// Who learns of the ends of containers.
    var receiver: EndReceiver?
  }

  let asksProbes = true
  var nodeAddress: String { network.nodeAddress }
  let agent: NodeAgent
  let runtime: OCIRuntime
  let paths: RuntimePaths
  let clusterDomain: String
  let source: any ObjectSource
  let logger: Logger
  private let network: NodeNetwork
  let executable: String
  let exits: DirectoryWatch
  private let now: @Sendable () -> Timestamp
  let state: Mutex<State>

  init(
    agent: NodeAgent, runtime: OCIRuntime, paths: RuntimePaths, network: NodeNetwork, clusterDomain: String,
    executable: String, exits: DirectoryWatch, source: any ObjectSource, now: @escaping @Sendable () -> Timestamp,
    logger: Logger
  ) {
    self.agent = agent
    self.runtime = runtime
    self.paths = paths
    self.network = network
    self.clusterDomain = clusterDomain
    self.executable = executable
    self.exits = exits
    self.source = source
    self.now = now
    self.logger = logger
    var state = State(pool: AddressPool(last: try? Files.readText(paths.lastAddress)))
    for uid in (try? Files.list(paths.pods)) ?? [] {
      guard let record = PodRecord(path: paths.record(uid)), record.instance == agent.instance else { continue }
      state.records[uid] = record
      _ = state.pool.claim(record.address)
    }
    // Exits of pods that are gone must not be taken for those of their next runs.
    for name in (try? Files.list(paths.exits)) ?? [] where state.records[ContainerID(name)?.pod ?? ""] == nil {
      try? Files.remove(paths.exits + "/" + name)
    }
    self.state = Mutex(state)
  }

  // MARK: Earlier runs

  func leftovers() -> [String] { (try? Files.list(paths.pods)) ?? [] }

  func restore(_ pod: Pod) async -> RestoredPod? {
    guard let record = state.withLock({ $0.records[pod.metadata.uid] }) else { return nil }
    let statuses = (pod.status["containerStatuses"]?.array ?? []) + (pod.status["initContainerStatuses"]?.array ?? [])
    var containers: [String: RestoredContainer] = [:]
    for (name, container) in record.containers {
      let id = ContainerID(pod: pod.metadata.uid, name: name, attempt: container.attempt)
      let wasReady = statuses.contains { $0["name"]?.string == name && $0["ready"]?.bool == true }
      let restored: RestoredContainer.State
      if let end = end(of: id) {
        restored = .ended(end)
      } else if let startedAt = container.startedAt, await isRunning(id) {
        restored = .running(startedAt: startedAt)
      } else {
        await cleanUp(id)
        restored = .lost
      }
      containers[name] = RestoredContainer(attempt: container.attempt, state: restored, wasReady: wasReady)
    }
    return RestoredPod(address: record.address, containers: containers)
  }

  private func isRunning(_ id: ContainerID) async -> Bool { await status(of: id) == "running" }

  /// The container's state in the words of the OCI specification; nil where the runtime does not know it.
  func status(of id: ContainerID) async -> String? {
    guard let result = try? await agent.run(runtime.command("state", id.text)), result.isSuccess,
      let state = try? JSONParser.parse(result.output)
    else { return nil }
    return state["status"]?.string
  }

  // MARK: Sandboxes

  func makeSandbox(for pod: Pod) async throws(RuntimeError) -> String {
    let uid = pod.metadata.uid
    // What an earlier try or an earlier run has left is in the way. Only the agent may touch files of all users.
    if Files.exists(paths.pod(uid)) {
      try await agent.require([
        executable, SandboxProcess.removeSubcommand, paths.sandbox(uid), paths.pod(uid) + "/containers",
      ])
    }
    try await makeFiles(of: pod)
    if pod.usesHostNetwork {
      try await makeNamespaces(of: pod, network: [], input: "")
      try keep(PodRecord(instance: agent.instance, address: nodeAddress, grace: pod.grace), of: uid)
      return nodeAddress
    }
    guard let address = state.withLock({ $0.pool.take() }) else {
      throw RuntimeError(.configuration, "no address is free in \(network.podRange)")
    }
    do {
      try system { () throws(SystemError) in try Files.replace(paths.lastAddress, with: Array(address.utf8)) }
      try writeHosts(of: pod, address: address)
      let device = "veth" + uid.filter(\.isHexDigit).prefix(11)
      try await makeNamespaces(
        of: pod, network: ["ip", "-batch", "-"], input: network.podCommands(address: address, device: device))
      try await agent.require(["ip", "-batch", "-"], input: network.routeCommands(address: address, device: device))
      try keep(PodRecord(instance: agent.instance, address: address, grace: pod.grace), of: uid)
    } catch {
      state.withLock { $0.pool.free(address) }
      throw error
    }
    return address
  }

  private func makeNamespaces(of pod: Pod, network: [String], input: String) async throws(RuntimeError) {
    let identity = PodIdentity(pod: pod, clusterDomain: clusterDomain)
    let directory = paths.sandbox(pod.metadata.uid)
    var program = network
    if let name = program.first {
      guard let path = Files.program(name, searchPath: AgentProcess.searchPath) else {
        throw RuntimeError(.unsupported, "the program \(name) is missing")
      }
      program[0] = path
    }
    try await agent.require(
      [executable, SandboxProcess.subcommand, directory, identity.kernelHostname] + program, input: input)
  }

  private func makeFiles(of pod: Pod) async throws(RuntimeError) {
    let uid = pod.metadata.uid
    let identity = PodIdentity(pod: pod, clusterDomain: clusterDomain)
    let machine = ResolverConfiguration(text: (try? Files.readText("/etc/resolv.conf")) ?? "")
    let resolver = ResolverConfiguration(
      pod: pod, clusterDomain: clusterDomain, clusterDNS: network.dnsAddress, machine: machine)
    try system { () throws(SystemError) in
      for directory in [paths.pod(uid), paths.pod(uid) + "/etc", paths.pod(uid) + "/volumes"] {
        try Files.makeDirectory(directory, mode: 0o755)
      }
      try Files.write(Array(resolver.text.utf8), to: paths.podFile(uid, "resolv.conf"), mode: 0o644)
      try Files.write(Array((identity.kernelHostname + "\n").utf8), to: paths.podFile(uid, "hostname"), mode: 0o644)
    }
    if pod.usesHostNetwork { try writeHosts(of: pod, address: nodeAddress) }
    for command in try volumes(of: pod).make() { try await agent.require(command) }
  }

  private func writeHosts(of pod: Pod, address: String) throws(RuntimeError) {
    let identity = PodIdentity(pod: pod, clusterDomain: clusterDomain)
    let text = identity.hosts(addresses: [address], aliases: pod.spec["hostAliases"]?.array ?? [])
    try system { () throws(SystemError) in
      try Files.write(Array(text.utf8), to: paths.podFile(pod.metadata.uid, "hosts"), mode: 0o644)
    }
  }

  func volumes(of pod: Pod) -> Volumes {
    Volumes(pod: pod, paths: paths, map: { [source] resource, name in
      source.object(resource, namespace: pod.metadata.namespace, name: name)
    })
  }

  func remove(uid: String) async throws(RuntimeError) {
    let record = state.withLock { $0.records[uid] }
    for (name, container) in record?.containers ?? [:] {
      await deleteContainer(ContainerID(pod: uid, name: name, attempt: container.attempt))
    }
    do {
      try await agent.require([
        executable, SandboxProcess.removeSubcommand, paths.sandbox(uid), paths.pod(uid), paths.memoryVolumes(uid),
      ])
    } catch {
      guard error.code == .agent else { throw error }
      // Namespaces and mounts went with the agent. Files of other users are left for the next one.
      try? Files.removeTree(paths.pod(uid))
    }
    for name in (try? Files.list(paths.exits)) ?? [] where name.hasPrefix(uid + "_") {
      try? Files.remove(paths.exits + "/" + name)
      state.withLock { _ = $0.seen.remove(name) }
    }
    state.withLock { state in
      if let record = state.records.removeValue(forKey: uid), record.address != nodeAddress {
        state.pool.free(record.address)
      }
    }
  }

  func close() async { await agent.shutdown() }

  // MARK: Records

  /// The pod's address; empty where it has none.
  func address(of uid: String) -> String { state.withLock { $0.records[uid]?.address ?? "" } }

  private func keep(_ record: PodRecord, of uid: String) throws(RuntimeError) {
    state.withLock { $0.records[uid] = record }
    try system { () throws(SystemError) in try record.write(to: paths.record(uid)) }
  }

  /// Notes that a container is being made, or that it runs.
  func note(_ id: ContainerID, startedAt: Timestamp?) throws(RuntimeError) {
    let record = state.withLock { state in
      state.records[id.pod]?.containers[id.name] = PodRecord.Container(attempt: id.attempt, startedAt: startedAt)
      return state.records[id.pod]
    }
    if let record { try system { () throws(SystemError) in try record.write(to: paths.record(id.pod)) } }
  }

  // MARK: What is left of a container

  func deleteContainer(_ id: ContainerID) async {
    let watch = end(of: id) == nil ? try? DirectoryWatch(paths.exits) : nil
    var runs = false
    if watch != nil { runs = await isRunning(id) }
    // There is nothing to delete where it ended by itself and was cleaned up.
    _ = try? await agent.run(runtime.command("delete", "--force", id.text))
    // crun does not wait for what it kills, and conmon writes into the container's folder at the end.
    if runs, let watch { await waitForExitFile(of: id, watch) }
  }

  /// Takes away all that is left of a run after ``cleanUp(_:)``: of earlier runs, the last one's log is kept.
  func discard(_ id: ContainerID) async {
    _ = try? await agent.run([executable, SandboxProcess.removeSubcommand, "", paths.container(id)])
    try? forgetExit(of: id)
  }

  /// Takes away a container's state and files; its log stays until the run after the next.
  func cleanUp(_ id: ContainerID) async {
    await deleteContainer(id)
    let directory = paths.container(id)
    _ = try? await agent.run([
      executable, SandboxProcess.removeSubcommand, "", directory + "/rootfs", directory + "/upper", directory + "/work",
    ])
  }

  var time: Timestamp { now() }
}
