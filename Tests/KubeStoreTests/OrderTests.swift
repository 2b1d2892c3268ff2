// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@testable import KubeStore

@Suite struct OrderTests {
  /// A change that leaves every value as it was writes nothing, also where it turns the members around.
  @Test func theOrderOfMembersIsNoChange() async throws {
    let store = try await makeStore()
    let object = try await store.create(service("web"), in: .services)
    let version = store.version
    let after = try await store.modify(.services, namespace: "default", name: "web", status: false) { root in
      root = JSONObject(uniqueKeysWithValues: root.reversed().map { ($0.key, $0.value) })
    }
    #expect(store.version == version)
    #expect(after.metadata.generation == object.metadata.generation)
    await store.close()
  }
}
