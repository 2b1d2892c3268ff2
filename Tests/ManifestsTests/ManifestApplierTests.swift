// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import OrderedCollections
import Testing

@testable import Manifests

@Suite struct ManifestApplierTests {
  private static let text = """
    apiVersion: v1
    kind: Service
    metadata: {name: web, labels: {a: "1"}}
    spec:
      selector: {app: web}
      ports: [{port: 80}]
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings, namespace: team}
    data: {text: "a < b & c > d"}
    ---
    apiVersion: v1
    kind: Namespace
    metadata: {name: team}
    """

  private func store() async throws -> ObjectStore {
    let store = try ObjectStore(configuration: StoreConfiguration())
    _ = try await store.create(["metadata": ["name": "default"]], in: .namespaces)
    return store
  }

  private func apply(_ text: String, to store: ObjectStore) async -> [String] {
    let set = ManifestReader.read(text: text, file: "x.yaml")
    #expect(set.problems.isEmpty, "\(set.problems)")
    return await ManifestApplier(source: store, writer: store).apply(set.documents).map(\.description)
  }

  @Test func namespacesComeFirstAndASecondTimeChangesNothing() async throws {
    let store = try await store()
    #expect(
      await apply(Self.text, to: store) == [
        "namespace/team created", "service/web created", "configmap/settings created",
      ])
    let version = store.version
    #expect(
      await apply(Self.text, to: store) == [
        "namespace/team unchanged", "service/web unchanged", "configmap/settings unchanged",
      ])
    #expect(store.version == version, "nothing was written")
    await store.close()
  }

  @Test func changesLeaveWhatTheClusterGaveOut() async throws {
    let store = try await store()
    _ = await apply(Self.text, to: store)
    let before = try #require(store.object(.services, namespace: "default", name: "web"))
    let changed = Self.text.replacing("labels: {a: \"1\"}", with: "labels: {b: \"1\"}")
      .replacing("port: 80", with: "port: 81")
    #expect(await apply(changed, to: store)[1] == "service/web configured")
    let after = try #require(store.object(.services, namespace: "default", name: "web"))
    #expect(after.metadata.labels == ["b": "1"])
    #expect(after[at: "spec", "clusterIP"] == before[at: "spec", "clusterIP"])
    #expect(after[at: "spec", "ports"]?.array?.map { $0["port"] } == [81])
    await store.close()
  }

  /// The annotation is what kubectl 1.32 writes for the same manifest, octet for octet.
  @Test func theAnnotationIsKubectls() async throws {
    let store = try await store()
    _ = await apply(Self.text, to: store)
    let settings = try #require(store.object(.configMaps, namespace: "team", name: "settings"))
    #expect(
      settings.metadata.annotations[LastApplied.annotation] == #"{"apiVersion":"v1","data":{"text":"a \u003c b "#
        + #"\u0026 c \u003e d"},"kind":"ConfigMap","metadata":{"annotations":{},"name":"settings","#
        + #""namespace":"team"}}"# + "\n")
    await store.close()
  }

  @Test func oneThatFailsIsNamed() async throws {
    let store = try await store()
    let text = """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: a, namespace: nowhere}
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: b}
      """
    let results = await apply(text, to: store)
    #expect(results == ["configmap/a: namespaces \"nowhere\" not found", "configmap/b created"])
    await store.close()
  }
}
