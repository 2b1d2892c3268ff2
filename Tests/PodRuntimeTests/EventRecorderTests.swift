// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import Logging
import OrderedCollections
import Testing

@testable import PodRuntime

/// Events on pods, over several runs of the program.
@Suite struct EventRecorderTests {
  private func recorder(over store: ObjectStore) -> EventRecorder {
    EventRecorder(
      source: store, writer: store, nodeName: "callsign", now: { Timestamp(microseconds: 0) },
      logger: Logger(label: "events"))
  }

  private func store() async throws -> ObjectStore {
    let store = try ObjectStore(configuration: StoreConfiguration())
    for name in ["default", "shop"] {
      _ = try await store.create(["metadata": ["name": .string(name)]], in: .namespaces)
    }
    return store
  }

  @Test func whatHappensAgainInALaterRunIsCounted() async throws {
    let store = try await store()
    let pod = try Samples.pod()
    for _ in 0..<2 {
      let recorder = recorder(over: store)
      await recorder.takeOver()
      for container in [nil, "main"] {
        await recorder.record(pod, isWarning: true, reason: "Failed", message: "no", container: container)
      }
    }
    #expect(store.objects(.events, namespace: nil).map { $0["count"] } == [2, 2])
  }

  @Test func eventsOfEarlierRunsCountForTheLimit() async throws {
    let store = try await store()
    let pod = try Samples.pod()
    for run in 0..<2 {
      let recorder = recorder(over: store)
      await recorder.takeOver()
      for number in 0..<EventRecorder.maximumEvents * 3 / 4 {
        await recorder.record(pod, isWarning: false, reason: "Started", message: "\(run) \(number)", container: nil)
      }
    }
    let events = store.objects(.events, namespace: nil)
    #expect(events.count == EventRecorder.maximumEvents)
    #expect(events.filter { $0["message"]?.string?.hasPrefix("1 ") == true }.count == 750)
  }
}
