// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// What single kinds do beyond the rules of all.
enum ResourceStrategy {
  /// Namespaces that are always there.
  private static let permanentNamespaces: Set<String> = ["default", "kube-system", "kube-public"]

  static func prepareForCreate(
    _ root: inout JSONObject, of resource: APIResource, _ transaction: inout Transaction
  ) throws(StatusError) {
    if resource == .services { return try ServiceStrategy.prepare(&root, old: nil, transaction.allocations) }
    if resource == .pods {
      try checkRoom(for: root, transaction)
      return preparePod(&root, transaction.configuration)
    }
    if resource == .namespaces { return prepareNamespace(&root) }
  }

  static func prepareForUpdate(
    _ root: inout JSONObject, old: KubeObject, _ transaction: inout Transaction
  ) throws(StatusError) {
    if old.resource == .services { try ServiceStrategy.prepare(&root, old: old, transaction.allocations) }
  }

  // MARK: Pods

  private static func checkRoom(for pod: JSONObject, _ transaction: Transaction) throws(StatusError) {
    let limit = transaction.configuration.maximumPods
    guard transaction.count(.pods) >= limit else { return }
    let name = pod["metadata"]?["name"]?.string ?? ""
    throw StatusError(
      .forbidden,
      "pods \"\(name)\" is forbidden: the limit of \(limit) pods on this machine is reached; delete some, or run it on "
        + "a cluster of several machines", name: name, kind: "pods")
  }

  /// Places the pod on the one node there is, and says that it waits to run.
  private static func preparePod(_ root: inout JSONObject, _ configuration: StoreConfiguration) {
    if root["spec"]?["nodeName"] == nil { root["spec", default: [:]]["nodeName"] = .string(configuration.nodeName) }
    let scheduled: JSONValue = [
      "type": "PodScheduled", "status": "True", "lastTransitionTime": .string(configuration.now().text),
    ]
    root["status"] = ["phase": "Pending", "conditions": [scheduled], "qosClass": .string(qosClass(of: root))]
  }

  /// `Guaranteed`, `Burstable` or `BestEffort` by the resources that the containers ask for.
  private static func qosClass(of pod: JSONObject) -> String {
    let resources = (pod["spec"]?["containers"]?.array ?? []).map { $0["resources"] ?? [:] }
    let isAnySet = resources.contains {
      $0["requests"]?.object?.isEmpty == false || $0["limits"]?.object?.isEmpty == false
    }
    guard isAnySet else { return "BestEffort" }
    let areAllGuaranteed = resources.allSatisfy { resource in
      ["cpu", "memory"].allSatisfy { name in
        let limit = resource["limits"]?[name]
        return limit != nil && (resource["requests"]?[name] ?? limit) == limit
      }
    }
    return areAllGuaranteed ? "Guaranteed" : "Burstable"
  }

  // MARK: Namespaces

  private static func prepareNamespace(_ root: inout JSONObject) {
    let name = root["metadata"]?["name"] ?? ""
    var labels = root["metadata"]?["labels"] ?? [:]
    labels["kubernetes.io/metadata.name"] = name
    root["metadata", default: [:]]["labels"] = labels
    root["spec", default: [:]]["finalizers"] = ["kubernetes"]
    root["status"] = ["phase": "Active"]
  }

  // MARK: Deletion

  static func checkDeletion(of object: KubeObject) throws(StatusError) {
    guard object.resource == .namespaces, permanentNamespaces.contains(object.metadata.name) else { return }
    throw StatusError(
      .forbidden,
      "namespaces \"\(object.metadata.name)\" is forbidden: this namespace may not be deleted",
      name: object.metadata.name, kind: "namespaces")
  }

  /// Seconds that an object is given to end. Only a pod that runs has any.
  static func grace(for object: KubeObject, _ options: DeleteOptions) -> Int64 {
    guard object.resource == .pods else { return 0 }
    let pod = Pod(object)
    if pod.nodeName.isEmpty || pod.hasEnded { return 0 }
    // A pod from a data folder may ask for more than the schema lets new ones ask for.
    let own = pod.spec["terminationGracePeriodSeconds"]?.int ?? 30
    return options.gracePeriodSeconds ?? min(max(0, own), DeleteOptions.gracePeriodLimit)
  }

  /// Whether an object can be removed now: a namespace once it is empty and marked, all else at once.
  static func canGo(_ object: KubeObject, _ transaction: Transaction) -> Bool {
    guard object.resource == .namespaces else { return true }
    return object.metadata.isBeingDeleted && transaction.isEmpty(namespace: object.metadata.name)
  }

  static func markTerminating(_ root: inout JSONObject, of resource: APIResource) {
    guard resource == .namespaces else { return }
    root["status", default: [:]]["phase"] = "Terminating"
  }
}
