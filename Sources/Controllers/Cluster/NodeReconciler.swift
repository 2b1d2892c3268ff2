// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import OrderedCollections

/// Keeps the one Node that there is: this machine, ready as long as the program runs.
package struct NodeReconciler: Reconciler {
  private let cluster: ClusterAccess
  private let configuration: ClusterConfiguration

  package init(_ cluster: ClusterAccess, configuration: ClusterConfiguration) {
    self.cluster = cluster
    self.configuration = configuration
  }

  package var name: String { "node" }
  package var watches: [APIResource] { [.nodes] }
  package var initialKeys: [ObjectKey] {
    [ObjectKey(resource: .nodes, namespace: "", name: configuration.nodeName)]
  }

  package func keys(for object: KubeObject, isDeleted: Bool) -> [ObjectKey] {
    object.metadata.name == configuration.nodeName ? [object.key] : []
  }

  package func reconcile(_ key: ObjectKey) async throws(StatusError) -> Outcome {
    var current = cluster.source.object(key)
    if current == nil {
      var labels = ["kubernetes.io/hostname": configuration.nodeName, "kubernetes.io/os": "linux"]
      labels["kubernetes.io/arch"] = configuration.nodeInfo["architecture"]
      current = try await cluster.writer.create(
        [
          "apiVersion": "v1", "kind": "Node",
          "metadata": ["name": .string(configuration.nodeName), "labels": JSONValue(labels)],
          "spec": ["podCIDR": .string(configuration.podCIDR), "podCIDRs": [.string(configuration.podCIDR)]],
        ], in: .nodes)
    }
    if let node = current { try await cluster.setStatus(status(over: node), of: node) }
    return .settled
  }

  /// The status with what we know put in; the rest stays.
  private func status(over node: KubeObject) -> JSONObject {
    var status = node["status"]?.object ?? [:]
    status["capacity"] = JSONValue(configuration.capacity)
    status["allocatable"] = JSONValue(configuration.capacity)
    status["addresses"] = [
      ["type": "InternalIP", "address": .string(configuration.nodeAddress)],
      ["type": "Hostname", "address": .string(configuration.nodeName)],
    ]
    var info = status["nodeInfo"] ?? [:]
    for (name, value) in configuration.nodeInfo.sorted(by: { $0.key < $1.key }) { info[name] = .string(value) }
    info["operatingSystem"] = "linux"
    status["nodeInfo"] = info
    var conditions = status["conditions"]?.array ?? []
    let index = conditions.firstIndex { $0["type"] == "Ready" }
    if index.map({ conditions[$0]["status"] == "True" }) != true {
      let time = JSONValue.string(cluster.now().text)
      let ready: JSONValue = [
        "type": "Ready", "status": "True", "lastHeartbeatTime": time, "lastTransitionTime": time,
        "reason": "KubeletReady", "message": "Callsign runs pods on this machine",
      ]
      if let index { conditions[index] = ready } else { conditions.append(ready) }
    }
    status["conditions"] = .array(conditions)
    return status
  }
}
