// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

extension ClusterAccess {
  /// Tells people that pods of a workload are refused: an event `FailedCreate`, one for each workload, which is counted
  /// up when it happens again.
  ///
  /// Events are for people, so one that cannot be written is no error.
  func reportFailedCreation(_ error: StatusError, of owner: KubeObject) async {
    guard error.reason == .forbidden else { return }
    let (namespace, name) = (owner.metadata.namespace, owner.metadata.name + ".failed-create")
    let time = JSONValue.string(now().text)
    let message = JSONValue.string("Error creating: \(error.message)")
    if source.object(.events, namespace: namespace, name: name) != nil {
      _ = try? await writer.modify(.events, namespace: namespace, name: name, status: false) { root in
        root["count"] = .int((root["count"]?.int ?? 1) + 1)
        root["lastTimestamp"] = time
        root["message"] = message
      }
      return
    }
    let subject: JSONValue = [
      "apiVersion": .string(owner.resource.apiVersion), "kind": .string(owner.resource.kind),
      "namespace": .string(namespace), "name": .string(owner.metadata.name), "uid": .string(owner.metadata.uid),
    ]
    let component = "\(owner.resource.singular)-controller"
    _ = try? await writer.create(
      [
        "metadata": ["name": .string(name), "namespace": .string(namespace)], "involvedObject": subject,
        "reason": "FailedCreate", "message": message, "type": "Warning", "count": 1, "firstTimestamp": time,
        "lastTimestamp": time, "source": ["component": .string(component)], "reportingComponent": .string(component),
      ], in: .events)
  }
}
