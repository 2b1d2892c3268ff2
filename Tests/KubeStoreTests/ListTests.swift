// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import TestSupport
import Testing

@testable import KubeStore

@Suite struct ListTests {
  private static func names(_ list: ObjectStore.List) -> [String] {
    list.objects.map { "\($0.metadata.name)=\($0["data"]?["k"]?.string ?? "")" }
  }

  /// A list at an earlier version is what a list showed then, whatever became of its objects.
  @Test func theChangesAreTakenBack() async throws {
    let store = try await makeStore()
    for name in ["a", "b", "c"] { _ = try await store.create(configMap(name, ["k": "1"]), in: .configMaps) }
    let before = store.list(.configMaps, namespace: nil)
    for value in ["2", "3"] {
      _ = try await store.modify(.configMaps, namespace: "default", name: "b", status: false) {
        $0["data"] = ["k": .string(value)]
      }
    }
    try await store.delete(.configMaps, namespace: "default", name: "a", options: DeleteOptions())
    _ = try await store.create(configMap("a", ["k": "again"]), in: .configMaps)
    try await store.delete(.configMaps, namespace: "default", name: "c", options: DeleteOptions())
    _ = try await store.create(configMap("d", ["k": "1"]), in: .configMaps)
    #expect(Self.names(store.list(.configMaps, namespace: nil)) == ["a=again", "b=3", "d=1"])
    let then = try store.list(.configMaps, namespace: "default", at: before.version)
    #expect(Self.names(then) == ["a=1", "b=1", "c=1"] && then.version == before.version)
    #expect(Self.names(try store.list(.configMaps, namespace: "other", at: before.version)).isEmpty)
    let now = try store.list(.configMaps, namespace: nil, at: store.version)
    #expect(Self.names(now) == ["a=again", "b=3", "d=1"])
  }

  /// Random changes; a list at each version still known is what was listed when it was the newest.
  @Test(arguments: 0..<5) func everyKnownVersion(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let store = try await makeStore()
    var seen: [ObjectStore.List] = []
    for _ in 0..<120 {
      let name = "m-\(Int.random(in: 0..<8, using: &random))"
      if store.object(.configMaps, namespace: "default", name: name) == nil {
        _ = try await store.create(configMap(name, ["k": "0"]), in: .configMaps)
      } else if Bool.random(using: &random) {
        try await store.delete(.configMaps, namespace: "default", name: name, options: DeleteOptions())
      } else {
        let value = String(UInt32.random(in: 0 ... .max, using: &random))
        _ = try await store.modify(.configMaps, namespace: "default", name: name, status: false) {
          $0["data"] = ["k": .string(value)]
        }
      }
      seen.append(store.list(.configMaps, namespace: nil))
    }
    for list in seen {
      #expect(Self.names(try store.list(.configMaps, namespace: nil, at: list.version)) == Self.names(list))
      let order = list.objects.map(\.metadata.name)
      #expect(order == order.sorted())
    }
  }

  @Test func versionsThatAreForgottenOrToCome() async throws {
    var configuration = StoreConfiguration()
    configuration.historyLimit = 4
    let store = try ObjectStore(configuration: configuration)
    _ = try await store.create(["metadata": ["name": "default"]], in: .namespaces)
    let start = store.version
    for index in 0..<6 { _ = try await store.create(configMap("m-\(index)"), in: .configMaps) }
    for version in [start, store.version + 1] {
      let error = #expect(throws: StatusError.self) { try store.list(.configMaps, namespace: nil, at: version) }
      #expect(error?.reason == .expired)
    }
    #expect(try store.list(.configMaps, namespace: nil, at: store.version - 4).objects.count == 2)
  }
}
