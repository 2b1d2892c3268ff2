// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import OrderedCollections
import Testing

@testable import PodRuntime

/// Which pods are run, and what becomes of their objects.
@Suite(.timeLimit(.minutes(1)))
struct PodManagerTests {
  @Test func aPodThatHasEndedStaysEndedInTheNextRun() async throws {
    let node = try await ScriptedNode()
    try await node.run {
      try await node.createPod("job", spec: #""restartPolicy": "Never","#)
      let pod = try await node.wait(for: "job") { $0?.phase == "Running" }
      node.backend.end(try #require(pod), status: 0)
      try await node.wait(for: "job") { $0?.phase == "Succeeded" }
    }
    #expect(node.pod("job")?.phase == "Succeeded")
    try await node.run {
      try await node.createPod("other")
      try await node.wait(for: "other") { $0?.phase == "Running" }
    }
    #expect(node.pod("job")?.phase == "Succeeded")
    #expect(node.backend.made.count == 2)
  }

  @Test func aPodThatIsOnlyHeldByItsFinalizersKeepsItsStatus() async throws {
    let node = try await ScriptedNode()
    try await node.run {
      try await node.createPod("held", metadata: #""finalizers": ["example.com/hold"],"#)
      let pod = try #require(try await node.wait(for: "held") { $0?.phase == "Running" })
      try await node.store.delete(.pods, namespace: "default", name: "held", options: DeleteOptions())
      try await node.wait(for: "held") { $0?.metadata.deletionGracePeriodSeconds == 0 }
      while !node.backend.removed.contains(pod.metadata.uid) { await Task.yield() }
    }
    let before = node.pod("held")?.status
    try await node.run {
      _ = try await node.store.modify(.pods, namespace: "default", name: "held", status: false) { root in
        root["metadata"]?["labels"] = ["a": "b"]
      }
      try await node.createPod("other")
      try await node.wait(for: "other") { $0?.phase == "Running" }
    }
    #expect(node.pod("held")?.status == before)
  }

  @Test func aDeadlineThatIsSetLaterCounts() async throws {
    let node = try await ScriptedNode()
    try await node.run {
      try await node.createPod("late")
      try await node.wait(for: "late") { $0?.phase == "Running" }
      _ = try await node.store.modify(.pods, namespace: "default", name: "late", status: true) { root in
        root["status"]?["startTime"] = "2020-01-01T00:00:00Z"
      }
      _ = try await node.store.modify(.pods, namespace: "default", name: "late", status: false) { root in
        root["spec"]?["activeDeadlineSeconds"] = 1
      }
      let pod = try await node.wait(for: "late") { $0?.phase == "Failed" }
      #expect(pod?.status["reason"] == "DeadlineExceeded")
    }
  }

  @Test func theNameOfAClaimLeadsNowhereElse() async throws {
    let node = try await ScriptedNode()
    await #expect(throws: StatusError.self) {
      try await node.createPod(
        "a", spec: #""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "../../etc"}}],"#)
    }
  }

  @Test func podsOfOtherNodesAreLeftAlone() async throws {
    let node = try await ScriptedNode()
    try await node.run {
      try await node.createPod("far", spec: #""nodeName": "elsewhere","#)
      try await node.createPod("near")
      try await node.wait(for: "near") { $0?.phase == "Running" }
    }
    #expect(node.backend.made.count == 1)
    #expect(node.pod("far")?.phase != "Running")
  }

  @Test func whatIsLeftOfAPodIsRemovedOnce() async throws {
    let node = try await ScriptedNode()
    try await node.run {
      for number in 0..<20 {
        try await node.createPod("a-\(number)")
        try await node.wait(for: "a-\(number)") { $0?.phase == "Running" }
        try await node.store.delete(.pods, namespace: "default", name: "a-\(number)", options: DeleteOptions())
        try await node.wait(for: "a-\(number)") { $0 == nil }
      }
    }
    #expect(node.backend.removed.count == 20)
  }
}
