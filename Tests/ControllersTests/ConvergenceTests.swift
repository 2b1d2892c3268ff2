// SPDX-License-Identifier: Apache-2.0
@testable import Controllers
import KubeModel
import KubeStore
import Logging
import OrderedCollections
import TestSupport
import Testing

/// Random Services and pods: slices are what the specification says, changes are small, and nothing is written twice.
@Suite(.timeLimit(.minutes(2))) struct ConvergenceTests {
  private static let apps = ["a", "b", "c"]

  /// One random change of a Service or a pod.
  private func change(_ cluster: TestCluster, _ generator: inout SeededGenerator) async throws {
    let index = Int.random(in: 0..<30, using: &generator)
    let app = Self.apps.randomElement(using: &generator) ?? "a"
    let name = "p\(index)"
    if index < 4 {
      let service = "s\(index)"
      if cluster.object(.services, service) != nil {
        return try await cluster.delete(.services, service)
      }
      try await cluster.create(
        .services,
        EndpointSliceTests.service(
          service,
          [
            "selector": ["app": .string(app)], "publishNotReadyAddresses": .bool(Bool.random(using: &generator)),
            "clusterIP": Bool.random(using: &generator) ? "None" : "",
            "ports": [["name": "x", "port": 80, "targetPort": "web"], ["name": "y", "port": 81]],
          ]))
    } else if let object = cluster.object(.pods, name) {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: try await cluster.delete(.pods, name, grace: Bool.random(using: &generator) ? 0 : 30)
      case 1:
        try await cluster.change(.pods, name) { $0["metadata", default: [:]]["labels"] = ["app": .string(app)] }
      default: try await cluster.setReady(Pod(object), Bool.random(using: &generator), ip: "10.244.1.\(index)")
      }
    } else {
      try await cluster.create(
        .pods,
        podManifest(
          name, labels: ["app": app],
          ports: [["name": "web", "containerPort": Bool.random(using: &generator) ? 8080 : 9090]],
          spec: Bool.random(using: &generator) ? ["hostname": .string("h\(index)"), "subdomain": "s1"] : [:]))
    }
  }

  /// One line for each endpoint that there should be, made from the documentation alone.
  private func specification(_ cluster: TestCluster) -> [String] {
    var lines: [String] = []
    for service in cluster.store.objects(.services, namespace: "default") {
      let app = service[at: "spec", "selector", "app"]?.string
      let publishes = service[at: "spec", "publishNotReadyAddresses"] == true
      for pod in cluster.store.objects(.pods, namespace: "default") where pod.metadata.labels["app"] == app {
        guard let ip = pod[at: "status", "podIP"]?.string else { continue }
        let conditions = pod[at: "status", "conditions"]?.array ?? []
        let serving = conditions.contains { $0["type"] == "Ready" && $0["status"] == "True" }
        let terminating = pod.metadata.deletionTimestamp != nil
        let hostname = pod[at: "spec", "subdomain"]?.string == service.metadata.name
          ? pod[at: "spec", "hostname"]?.string ?? "-" : "-"
        let port = pod[at: "spec", "containers"]?.array?[0]["ports"]?.array?[0]["containerPort"]?.int ?? 0
        lines.append(
          "\(service.metadata.name) \(ip) x=\(port) y=81 \(publishes || (serving && !terminating)) \(serving) "
            + "\(terminating) \(hostname)")
      }
    }
    return lines.sorted()
  }

  private func reality(_ cluster: TestCluster) -> [String] {
    cluster.store.objects(.endpointSlices, namespace: "default").map { EndpointSlice($0) }.flatMap { slice in
      slice.endpoints.map { endpoint in
        let ports = slice.ports.map { "\($0.name)=\($0.port ?? 0)" }.joined(separator: " ")
        return "\(slice.serviceName ?? "") \(endpoint.addresses[0]) \(ports) \(endpoint.isReady) \(endpoint.isServing) "
          + "\(endpoint.isTerminating) \(endpoint.hostname ?? "-")"
      }
    }.sorted()
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func slicesAreWhatTheSpecificationSays(seed: UInt64) async throws {
    let cluster = try await TestCluster()
    var generator = SeededGenerator(seed: seed)
    let reconcilers: [any Reconciler] = [EndpointSliceReconciler(cluster.access), GarbageCollector(cluster.access)]
    for _ in 0..<150 {
      try await change(cluster, &generator)
      // At most each Service's old and new slice of the one thing that changed.
      #expect(try await cluster.settle(reconcilers) <= 12)
      #expect(reality(cluster) == specification(cluster))
      #expect(try await cluster.settle(reconcilers) == 0)
    }
  }

  /// The same, but through the running engine and with many changes under way at once.
  @Test func theEngineCatchesUp() async throws {
    let cluster = try await TestCluster()
    let manager = ControllerManager(
      source: cluster.store,
      reconcilers: [EndpointSliceReconciler(cluster.access), GarbageCollector(cluster.access)],
      clock: ContinuousClock(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    let changes = cluster.store.changes(of: [.endpointSlices])
    try await withThrowingTaskGroup { group in
      group.addTask { await manager.run() }
      var generator = SeededGenerator(seed: 11)
      for _ in 0..<400 { try await change(cluster, &generator) }
      // Each change of a slice is a chance to be done; a last pod makes sure that there is one.
      try await cluster.create(.services, EndpointSliceTests.service("last", ["selector": ["app": "last"]]))
      for await _ in changes
      where reality(cluster) == specification(cluster)
        && cluster.store.objects(.endpointSlices, namespace: "default").contains(where: {
          EndpointSlice($0).serviceName == "last"
        })
      {
        break
      }
      group.cancelAll()
    }
    #expect(reality(cluster) == specification(cluster))
  }

  @Test(arguments: 1...200 as ClosedRange<UInt64>)
  func plansMoveNoEndpointWithoutNeed(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    func endpoints(_ range: Range<Int>) -> [SliceEndpoint] {
      range.filter { _ in Int.random(in: 0..<4, using: &generator) > 0 }.map {
        SliceEndpoint(address: "10.0.\($0 / 250).\($0 % 250)", isReady: true, isServing: true, isTerminating: false)
      }
    }
    let ports = [SlicePort(name: "", transport: "TCP", port: 80)]
    var slices: [SlicePlan.Slice] = []
    var next = 0
    for _ in 0..<6 {
      let wanted = endpoints(0..<Int.random(in: 1..<450, using: &generator))
      let groups = wanted.isEmpty ? [] : [EndpointGroup(addressType: "IPv4", ports: ports, endpoints: wanted)]
      let plan = SlicePlan(groups: groups, families: ["IPv4"], existing: slices)
      let before = slices
      for action in plan.actions {
        switch action {
        case .create(let contents):
          slices.append(SlicePlan.Slice(name: "n\(next)", contents: contents, needsWrite: false))
          next += 1
        case .update(let name, let contents):
          guard let index = slices.firstIndex(where: { $0.name == name }) else { continue }
          slices[index].contents = contents
        case .delete(let name): slices.removeAll { $0.name == name }
        }
      }
      let all = slices.flatMap(\.contents.endpoints)
      #expect(Set(all) == Set(wanted) && all.count == wanted.count)
      #expect(slices.allSatisfy { $0.contents.endpoints.count <= SlicePlan.endpointLimit } && !slices.isEmpty)
      #expect(SlicePlan(groups: groups, families: ["IPv4"], existing: slices).actions.isEmpty)
      // What was there and still is has not moved.
      for slice in before {
        let kept = slice.contents.endpoints.filter { wanted.contains($0) }
        let after = slices.first { $0.name == slice.name }?.contents.endpoints ?? []
        #expect(kept.isEmpty || Array(after.prefix(kept.count)) == kept)
      }
    }
  }
}
