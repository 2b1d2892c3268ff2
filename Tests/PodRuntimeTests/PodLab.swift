// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import OrderedCollections
import Synchronization
import Testing

@testable import PodRuntime

/// A store in memory and a node whose pods really run, in a folder that goes with it.
final class PodLab: PodWatching, Sendable {
  /// What the machine lacks for pods, if anything.
  static let obstacle: String? = {
    do throws(RuntimeError) {
      _ = try OCIRuntime(paths: RuntimePaths(dataDirectory: "/nonexistent"))
      return Files.isExecutable(executable) ? nil : "\(executable) has not been built"
    } catch {
      return error.message
    }
  }()

  /// The OCI runtimes that are there; each must do.
  static let runtimes = OCIRuntime.Kind.allCases.filter { kind in
    (try? OCIRuntime(paths: RuntimePaths(dataDirectory: "/nonexistent"), kinds: [kind])) != nil
  }

  /// The program proper, which is built beside the tests.
  static let executable = Files.parent(of: ChildProcess.executable) + "/callsign"

  let store: ObjectStore
  let folder: String
  let agent: NodeAgent
  let runtime: OCIRuntime
  private let configuration: PodNode.Configuration
  /// The uids of pods of which nothing is left.
  private let removed = AsyncStream.makeStream(of: String.self)

  private init(folder: String, runtime kind: OCIRuntime.Kind) async throws {
    self.folder = folder
    store = try ObjectStore(configuration: StoreConfiguration())
    _ = try await store.create(["metadata": ["name": "default"]], in: .namespaces)
    configuration = PodNode.Configuration(
      dataDirectory: folder, nodeName: "callsign", clusterDomain: "cluster.local", executable: Self.executable)
    let paths = RuntimePaths(dataDirectory: folder)
    runtime = try OCIRuntime(paths: paths, kinds: [kind])
    agent = try await NodeAgent.connectOrStart(paths, network: configuration.network, executable: Self.executable)
  }

  /// Runs a node around `body`; then ends it, and looks that nothing is left.
  static func with(
    _ runtime: OCIRuntime.Kind, folderName: String = "callsign-pods", _ body: (PodLab) async throws -> Void
  ) async throws {
    let base = ChildProcess.environmentValue("TMPDIR") ?? "/tmp"
    let mark = String(UInt64.random(in: .min ... .max), radix: 16)
    let folder = "\(base)/\(folderName)-\(mark)"
    let lab = try await PodLab(folder: folder, runtime: runtime)
    do {
      try await body(lab)
    } catch {
      await lab.agent.shutdown()
      throw error
    }
    await lab.agent.shutdown()
    #expect(try Files.list(folder + "/pods") == [])
    #expect(try Files.list(folder + "/run/exits") == [])
    #expect(try !Files.readText("/proc/self/mounts").contains(mark))
    try Files.removeTree(folder)
  }

  /// Runs the pods while `body` runs; then stops working on them and leaves them as they are.
  func runPods(_ body: () async throws -> Void) async throws {
    let logger = Logger(label: "pods")
    let paths = RuntimePaths(dataDirectory: folder)
    let backend = OCIBackend(
      agent: agent, runtime: runtime, paths: paths, network: configuration.network,
      clusterDomain: configuration.clusterDomain, executable: Self.executable, exits: try OCIBackend.watchExits(paths),
      source: store, now: { .now() }, logger: logger)
    let lasting = LastingBackend(base: backend, removed: removed.continuation)
    let manager = PodManager(
      source: store, writer: store, backend: lasting, nodeName: "callsign", now: { .now() }, logger: logger)
    let task = Task { try await manager.run() }
    do {
      try await body()
    } catch {
      lasting.isKilled.store(true, ordering: .sequentiallyConsistent)
      task.cancel()
      _ = await task.result
      throw error
    }
    lasting.isKilled.store(true, ordering: .sequentiallyConsistent)
    task.cancel()
    try await task.value
  }

  // MARK: Objects

  func create(_ resource: APIResource, _ text: String) async throws {
    let value = try JSONParser.parse(text)
    guard var root = value.object else { throw Samples.NotAnObject() }
    root["metadata", default: [:]]["namespace"] = "default"
    _ = try await store.create(root, in: resource)
  }

  /// A pod of one container, `main`, that runs a shell script.
  func createPod(_ name: String, script: String, container: String = "", spec: String = "") async throws {
    let command = JSONValue.array(["sh", "-c", .string(script)]).jsonText
    try await create(
      .pods,
      """
      {"metadata": {"name": "\(name)"}, "spec": {"terminationGracePeriodSeconds": 5 \(spec.isEmpty ? "" : ",")\(spec),
       "containers": [{"name": "main", "image": "host", "command": \(command)
       \(container.isEmpty ? "" : ",")\(container)}]}}
      """)
  }

  func createClaim(_ name: String) async throws {
    try await create(
      .persistentVolumeClaims,
      """
      {"metadata": {"name": "\(name)"}, "spec": {"accessModes": ["ReadWriteOnce"],
       "resources": {"requests": {"storage": "1Mi"}}}}
      """)
  }

  func ready(_ name: String) async throws -> Pod {
    try #require(try await wait(for: name) { $0?.isReady == true })
  }

  /// Deletes a pod and waits until nothing is left of it.
  func delete(_ name: String, grace: Int64? = nil) async throws {
    let uid = try #require(pod(name)).metadata.uid
    try await store.delete(
      .pods, namespace: "default", name: name, options: DeleteOptions(gracePeriodSeconds: grace))
    try await wait(for: name) { $0 == nil }
    await waitUntilRemoved(uid)
  }

  /// Waits until nothing is left of a pod, and forgets of which pods that was said before.
  func waitUntilRemoved(_ uid: String) async {
    for await other in removed.stream where other == uid { return }
  }

  /// Runs a shell script in a pod's container and gives what it says.
  func shell(_ pod: Pod, _ script: String) async throws -> String {
    let attempt = pod.status["containerStatuses"]?.array?.first?["restartCount"]?.int ?? 0
    let id = ContainerID(pod: pod.metadata.uid, name: "main", attempt: Int(attempt))
    let result = try await agent.run(runtime.command("exec", id.text, "sh", "-c", script))
    #expect(result.isSuccess, "\(result.errors)")
    return result.output
  }
}

/// Containers that go on when the manager ends, as they do when its process is killed.
private final class LastingBackend: PodBackend {
  let base: OCIBackend
  let removed: AsyncStream<String>.Continuation
  /// From now on nobody ends any.
  let isKilled = Atomic(false)

  init(base: OCIBackend, removed: AsyncStream<String>.Continuation) {
    self.base = base
    self.removed = removed
  }

  var asksProbes: Bool { base.asksProbes }
  var nodeAddress: String { base.nodeAddress }
  func watchEnds(_ receive: @escaping EndReceiver) async throws(RuntimeError) { try await base.watchEnds(receive) }
  func restore(_ pod: Pod) async -> RestoredPod? { await base.restore(pod) }
  func leftovers() -> [String] { base.leftovers() }
  func makeSandbox(for pod: Pod) async throws(RuntimeError) -> String { try await base.makeSandbox(for: pod) }
  func start(_ id: ContainerID, of pod: Pod, address: String) async throws(RuntimeError) {
    try await base.start(id, of: pod, address: address)
  }
  func stop(_ id: ContainerID, of pod: Pod, grace: Duration) async {
    if !isOver { await base.stop(id, of: pod, grace: grace) }
  }
  func kill(_ id: ContainerID) async { if !isOver { await base.kill(id) } }
  func ask(_ probe: Probe, of id: ContainerID, address: String) async -> ProbeAnswer {
    await base.ask(probe, of: id, address: address)
  }
  func remove(uid: String) async throws(RuntimeError) {
    if isOver { return }
    try await base.remove(uid: uid)
    removed.yield(uid)
  }
  private var isOver: Bool { isKilled.load(ordering: .sequentiallyConsistent) }
  func close() async {}
}
