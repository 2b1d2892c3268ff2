// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import KubeModel
import OrderedCollections
import Testing

@testable import KubeStore

@Suite struct DurabilityTests {
  @Test func objectsAndVersionsSurvive() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/store.db"
      let first = try await makeStore(path: path)
      let object = try await first.create(service("web"), in: .services)
      _ = try await first.create(configMap("gone"), in: .configMaps)
      try await first.delete(.configMaps, namespace: "default", name: "gone", options: DeleteOptions())
      let version = first.version
      await first.close()

      let second = try await makeStore(path: path)
      #expect(second.version == version, "a deletion's version is not given out again")
      #expect(second.object(.services, namespace: "default", name: "web")?.json == object.json)
      #expect(second.object(.configMaps, namespace: "default", name: "gone") == nil)
      let address = object["spec"]!["clusterIP"]!
      await #expect(throws: StatusError.self, "addresses stay taken") {
        _ = try await second.create(service("other", ["clusterIP": address]), in: .services)
      }
      await second.close()
    }
  }

  /// What is acknowledged is in the file, without any closing: the file is read while the first store is still open.
  @Test func acknowledgedIsOnDisk() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/store.db"
      let store = try await makeStore(path: path)
      for index in 0..<10 {
        _ = try await store.create(configMap("m-\(index)"), in: .configMaps)
        let reader = try Database(path: path)
        #expect(try reader.load().objects.filter { $0.resource == .configMaps }.count == index + 1)
        reader.close()
      }
      await store.close()
    }
  }

  @Test func commitsAreSyncedToTheDisk() async throws {
    try await withTemporaryFolder { folder in
      let database = try Database(path: folder + "/store.db")
      #expect(try database.synchronousLevel() == 2)
    }
  }

  @Test func aNewerFormatIsRefusedAndKept() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/store.db"
      await (try await makeStore(path: path)).close()
      let queue = try DatabaseQueue(path: path)
      try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
      try queue.close()
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      let error = #expect(throws: StoreError.self) {
        _ = try ObjectStore(configuration: StoreConfiguration(path: path))
      }
      #expect(error?.code == .newerFormat)
      #expect(error?.message.contains("newer") == true)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }
  }

  @Test func aFileThatIsNoDatabaseIsRefused() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/store.db"
      try Data("not a database, whatever its name may say".utf8).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: StoreError.self) {
        _ = try ObjectStore(configuration: StoreConfiguration(path: path))
      }
      #expect(error?.code == .notADatabase)
    }
  }

  /// A full disk: SQLite is held to the pages that it has, as `ENOSPC` holds it.
  @Test func aFullDiskFailsTheWriteAndLosesNothing() async throws {
    try await withTemporaryFolder { folder in
      let path = folder + "/store.db"
      let database = try Database(path: path)
      let root: JSONObject = ["metadata": ["name": "a", "namespace": "default", "resourceVersion": "5"]]
      let object = KubeObject(root, of: .configMaps)
      try database.commit([Database.Row(key: object.key, version: 5, body: object.json)], version: 5)
      try database.limitToPresentSize()
      let large = KubeObject(
        root.merging(["data": ["k": .string(String(repeating: "x", count: 1 << 20))]]) { $1 }, of: .configMaps)
      #expect(throws: (any Error).self) {
        try database.commit([Database.Row(key: large.key, version: 6, body: large.json)], version: 6)
      }
      let loaded = try database.load()
      #expect(loaded.version == 5)
      #expect(loaded.objects.map(\.json) == [object.json])
    }
  }
}
