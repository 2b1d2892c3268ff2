// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import KubeStore
import OrderedCollections

/// A store with a namespace to work in.
func makeStore(
  path: String? = nil, maximumPods: Int = StoreConfiguration.standardPods,
  now: @escaping @Sendable () -> Timestamp = { .now() }
) async throws -> ObjectStore {
  var configuration = StoreConfiguration(path: path, now: now)
  configuration.maximumPods = maximumPods
  let store = try ObjectStore(configuration: configuration)
  if store.object(.namespaces, name: "default") == nil {
    _ = try await store.create(["metadata": ["name": "default"]], in: .namespaces)
  }
  return store
}

/// A fresh folder that the closure may fill; removed after.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("callsign-store-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try await body(folder.path)
}

func configMap(_ name: String, _ data: [String: String] = [:]) -> JSONObject {
  ["metadata": ["name": .string(name), "namespace": "default"], "data": JSONValue(data)]
}

func service(_ name: String, _ spec: JSONValue = [:]) -> JSONObject {
  var spec = spec
  if spec["ports"] == nil { spec["ports"] = [["port": 80]] }
  return ["metadata": ["name": .string(name), "namespace": "default"], "spec": spec]
}

func pod(_ name: String) -> JSONObject {
  [
    "metadata": ["name": .string(name), "namespace": "default"],
    "spec": ["containers": [["name": "main", "image": "host"]]],
  ]
}
