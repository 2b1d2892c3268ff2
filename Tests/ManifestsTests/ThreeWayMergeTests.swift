// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@testable import Manifests

@Suite struct ThreeWayMergeTests {
  private func merge(
    _ last: JSONObject, _ wanted: JSONObject, _ current: JSONObject, _ resource: APIResource = .services
  ) -> JSONObject {
    ThreeWayMerge.merge(last: last, wanted: wanted, current: current, as: resource.type)
  }

  @Test func whatOthersSetStays() {
    let result = merge(
      ["metadata": ["labels": ["a": "1"]]], ["metadata": ["labels": ["a": "2"]]],
      ["metadata": ["labels": ["a": "1", "theirs": "x"], "uid": "u"], "status": [:]])
    #expect(result == ["metadata": ["labels": ["a": "2", "theirs": "x"], "uid": "u"], "status": [:]])
  }

  @Test func whatTheManifestHasNoLongerGoes() {
    let result = merge(
      ["metadata": ["labels": ["a": "1", "b": "1"]], "spec": ["externalName": "x"]],
      ["metadata": ["labels": ["a": "1"]], "spec": [:]],
      ["metadata": ["labels": ["a": "1", "b": "1"]], "spec": ["externalName": "x", "type": "ClusterIP"]])
    #expect(result == ["metadata": ["labels": ["a": "1"]], "spec": ["type": "ClusterIP"]])
  }

  /// Ports are told apart by number and protocol, and an absent protocol is TCP.
  @Test func onePortOfTwoProtocols() {
    let wanted: JSONObject = [
      "spec": ["ports": [["name": "dns", "port": 53, "protocol": "UDP"], ["name": "dns-tcp", "port": 53]]]
    ]
    let current: JSONObject = [
      "spec": [
        "ports": [
          ["name": "dns-tcp", "port": 53, "protocol": "TCP", "nodePort": 30001],
          ["name": "dns", "port": 53, "protocol": "UDP", "nodePort": 30002],
          ["name": "theirs", "port": 80, "protocol": "TCP"],
        ]
      ]
    ]
    #expect(
      merge([:], wanted, current)["spec"]?["ports"] == [
        ["name": "dns", "port": 53, "protocol": "UDP", "nodePort": 30002],
        ["name": "dns-tcp", "port": 53, "protocol": "TCP", "nodePort": 30001],
        ["name": "theirs", "port": 80, "protocol": "TCP"],
      ])
    let last: JSONObject = ["spec": ["ports": [["port": 80]]]]
    #expect(merge(last, wanted, current)["spec"]?["ports"]?.array?.count == 2, "a port that was applied before goes")
  }

  @Test func atomicListsAreReplaced() {
    let result = merge(
      [:], ["spec": ["externalIPs": ["10.0.0.1"]]], ["spec": ["externalIPs": ["10.0.0.2", "10.0.0.3"]]])
    #expect(result["spec"]?["externalIPs"] == ["10.0.0.1"])
  }

  /// The members of a union that the manifest has left do not stay beside those that it has now.
  @Test func unionsKeepWhatIsWanted() {
    let current: JSONObject = [
      "spec": ["strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 1]]]
    ]
    let result = merge([:], ["spec": ["strategy": ["type": "Recreate"]]], current, .deployments)
    #expect(result["spec"]?["strategy"] == ["type": "Recreate"])
  }
}
