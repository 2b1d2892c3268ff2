// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

/// What a reader is told that takes its changes late.
@Suite struct ObjectChangesTests {
  private func object(_ name: String, uid: String, version: Int = 1) -> KubeObject {
    let metadata: JSONObject = [
      "name": .string(name), "namespace": "default", "uid": .string(uid),
      "resourceVersion": .string(String(version)),
    ]
    return KubeObject(["metadata": .object(metadata)], of: .configMaps)
  }

  private func told(_ posted: [ObjectChange]) async -> [String] {
    let changes = ObjectChanges()
    for change in posted { changes.post([change]) }
    changes.finish()
    var lines: [String] = []
    for await batch in changes {
      for change in batch {
        switch change {
        case .updated(let object): lines.append("updated \(object.metadata.uid)@\(object.metadata.resourceVersion)")
        case .deleted(let object): lines.append("deleted \(object.metadata.uid)@\(object.metadata.resourceVersion)")
        case .synced: lines.append("synced")
        }
      }
    }
    return lines
  }

  @Test func theNewestChangeOfAnObjectTakesThePlaceOfItsOlderOnes() async {
    let lines = await told([
      .updated(object("a", uid: "1")), .updated(object("b", uid: "2", version: 2)),
      .updated(object("a", uid: "1", version: 3)),
    ])
    #expect(lines == ["updated 2@2", "updated 1@3"])
  }

  @Test func anObjectThatTookTheNameOfAnotherDoesNotHideItsEnd() async {
    let lines = await told([
      .updated(object("a", uid: "1")), .deleted(object("a", uid: "1", version: 2)),
      .updated(object("a", uid: "2", version: 3)), .updated(object("a", uid: "2", version: 4)),
    ])
    #expect(lines == ["deleted 1@2", "updated 2@4"])
  }
}
