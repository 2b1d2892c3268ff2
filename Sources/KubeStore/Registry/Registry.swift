// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The rules by which objects of any kind come into being, change and go.
///
/// Source: the API conventions of Kubernetes (metadata, status subresource, generation, graceful deletion).
enum Registry {
  /// Attempts to find a free name for `metadata.generateName`.
  private static let generatedNameAttempts = 8
  /// Kubernetes cuts the base so that the generated name fits a label.
  private static let generatedNameBase = 58

  // MARK: Creation

  static func create(
    _ given: JSONObject, in resource: APIResource, _ transaction: inout Transaction
  ) throws(StatusError) -> KubeObject {
    var root = given
    root["apiVersion"] = .string(resource.apiVersion)
    root["kind"] = .string(resource.kind)
    var metadata = root["metadata"]?.object ?? [:]
    if !resource.isNamespaced { metadata["namespace"] = nil }
    let namespace = metadata["namespace"]?.string ?? ""
    try checkNamespace(namespace, of: resource, name: metadata["name"]?.string ?? "", transaction)
    let name = try chooseName(&metadata, in: resource, namespace: namespace, transaction)
    let key = ObjectKey(resource: resource, namespace: namespace, name: name)
    guard transaction.object(key) == nil else { throw .alreadyExists(resource, name) }

    for member in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
      metadata[member] = nil
    }
    metadata["uid"] = .string(UID.random())
    metadata["creationTimestamp"] = .string(transaction.configuration.now().text)
    if resource.hasGeneration { metadata["generation"] = 1 }
    root["metadata"] = .object(metadata)
    if resource.hasStatus, !keepsStatusAtCreation(resource) { root["status"] = nil }

    resource.type.applyDefaults(to: &root)
    try ResourceStrategy.prepareForCreate(&root, of: resource, &transaction)
    let errors = resource.validate(root)
    guard errors.isEmpty else { throw .invalid(resource, name, errors) }
    return transaction.put(root, of: resource, over: nil)
  }

  /// Nodes and claims' keepers report themselves whole.
  private static func keepsStatusAtCreation(_ resource: APIResource) -> Bool { resource == .nodes }

  private static func checkNamespace(
    _ namespace: String, of resource: APIResource, name: String, _ transaction: Transaction
  ) throws(StatusError) {
    guard resource.isNamespaced else { return }
    guard !namespace.isEmpty else {
      throw .invalid(resource, name, [.required(FieldPath("metadata", "namespace"))])
    }
    guard let owner = transaction.object(ObjectKey(resource: .namespaces, namespace: "", name: namespace)) else {
      throw .notFound(.namespaces, namespace)
    }
    if owner.metadata.isBeingDeleted {
      throw StatusError(
        .forbidden,
        "\(resource.qualifiedPlural) \"\(name)\" is forbidden: unable to create new content in namespace \(namespace) "
          + "because it is being terminated",
        name: name, group: resource.group, kind: resource.plural)
    }
  }

  private static func chooseName(
    _ metadata: inout JSONObject, in resource: APIResource, namespace: String, _ transaction: Transaction
  ) throws(StatusError) -> String {
    if let name = metadata["name"]?.string, !name.isEmpty { return name }
    guard let base = metadata["generateName"]?.string, !base.isEmpty else {
      throw .invalid(
        resource, "", [.required(FieldPath("metadata", "name"), "name or generateName is required")])
    }
    for _ in 0..<generatedNameAttempts {
      let name = String(base.prefix(generatedNameBase)) + UID.nameSuffix()
      if transaction.object(ObjectKey(resource: resource, namespace: namespace, name: name)) == nil {
        metadata["name"] = .string(name)
        return name
      }
    }
    throw .alreadyExists(resource, base)
  }

  // MARK: Change

  static func update(
    _ old: KubeObject, to given: JSONObject, status: Bool, _ transaction: inout Transaction
  ) throws(StatusError) -> WriteResult {
    let resource = old.resource
    let name = old.metadata.name
    try checkPreconditions(given, old)
    var root = merged(given, old, status: status)
    resource.type.applyDefaults(to: &root)
    if !status {
      try ResourceStrategy.prepareForUpdate(&root, old: old, &transaction)
      let errors = resource.validate(root) + resource.validateUpdate(old: old.root, new: root)
      guard errors.isEmpty else { throw .invalid(resource, name, errors) }
    } else {
      let errors = resource.type.validate(root)
      guard errors.isEmpty else { throw .invalid(resource, name, errors) }
    }
    root["metadata", default: [:]]["resourceVersion"] = old.root["metadata"]?["resourceVersion"]
    // Members may have come in another order, which is no change.
    if JSONValue.areEquivalent(root, old.root) { return .stored(old) }
    if !status, resource.hasGeneration, !(root["spec"] ?? .null).isEquivalent(to: old.root["spec"] ?? .null) {
      root["metadata", default: [:]]["generation"] = .int(old.metadata.generation + 1)
    }
    let updated = transaction.put(root, of: resource, over: old)
    // The last finalizer was taken from an object that waits to go.
    if updated.metadata.isBeingDeleted, isReadyToGo(updated) { return .removed(transaction.remove(updated)) }
    return .stored(updated)
  }

  private static func checkPreconditions(_ given: JSONObject, _ old: KubeObject) throws(StatusError) {
    let metadata = ObjectMeta(given["metadata"]?.object ?? [:])
    if metadata.resourceVersion != 0, metadata.resourceVersion != old.metadata.resourceVersion {
      throw .conflict(
        old.resource, old.metadata.name,
        "the object has been modified; please apply your changes to the latest version and try again")
    }
    if !metadata.uid.isEmpty, metadata.uid != old.metadata.uid {
      throw .conflict(
        old.resource, old.metadata.name,
        "Precondition failed: UID in precondition: \(metadata.uid), UID in object meta: \(old.metadata.uid)")
    }
  }

  /// The new tree, with what its writer may not change taken from the old one.
  private static func merged(_ given: JSONObject, _ old: KubeObject, status: Bool) -> JSONObject {
    if status {
      var root = old.root
      root["status"] = given["status"]
      return root
    }
    var root = given
    root["apiVersion"] = old.root["apiVersion"]
    root["kind"] = old.root["kind"]
    if old.resource.hasStatus { root["status"] = old.root["status"] }
    let system = [
      "name", "namespace", "uid", "creationTimestamp", "generation", "generateName", "deletionTimestamp",
      "deletionGracePeriodSeconds",
    ]
    for member in system { root["metadata", default: [:]][member] = old.root["metadata"]?[member] }
    return root
  }

  // MARK: Deletion

  static func delete(
    _ object: KubeObject, _ options: DeleteOptions, _ transaction: inout Transaction
  ) throws(StatusError) -> WriteResult {
    if let uid = options.uid, uid != object.metadata.uid {
      throw .conflict(
        object.resource, object.metadata.name,
        "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.metadata.uid)")
    }
    if let version = options.resourceVersion, version != object.metadata.resourceVersion {
      throw .conflict(
        object.resource, object.metadata.name,
        "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: "
          + "\(object.metadata.resourceVersion)")
    }
    try ResourceStrategy.checkDeletion(of: object)
    var root = object.root
    var metadata = root["metadata"]?.object ?? [:]
    addFinalizer(for: options.propagation, to: &metadata, of: object)
    let grace = ResourceStrategy.grace(for: object, options)
    if object.metadata.isBeingDeleted {
      // A deletion under way can only become shorter.
      let isShorter = grace < object.metadata.deletionGracePeriodSeconds ?? 0
      if !isShorter, grace > 0 { return .stored(object) }
    }
    let mustWait = metadata["finalizers"]?.array?.isEmpty == false || grace > 0
    if !mustWait, ResourceStrategy.canGo(object, transaction) { return .removed(transaction.remove(object)) }

    let now = transaction.configuration.now()
    if !object.metadata.isBeingDeleted || grace > 0 || object.metadata.deletionGracePeriodSeconds ?? 0 > grace {
      let end = Timestamp(microseconds: now.microseconds + grace * 1_000_000)
      metadata["deletionTimestamp"] = .string(end.text)
      metadata["deletionGracePeriodSeconds"] = .int(grace)
    }
    if object.resource.hasGeneration, !object.metadata.isBeingDeleted {
      metadata["generation"] = .int(object.metadata.generation + 1)
    }
    root["metadata"] = .object(metadata)
    ResourceStrategy.markTerminating(&root, of: object.resource)
    // Brings `metadata` into declared order; nothing is left to fill.
    object.resource.type.applyDefaults(to: &root)
    if root == object.root { return .stored(object) }
    return .stored(transaction.put(root, of: object.resource, over: object))
  }

  private static func addFinalizer(
    for propagation: DeleteOptions.Propagation, to metadata: inout JSONObject, of object: KubeObject
  ) {
    let finalizer: String
    switch propagation {
    case .background: return
    case .foreground: finalizer = "foregroundDeletion"
    case .orphan: finalizer = "orphan"
    }
    guard !object.metadata.isBeingDeleted, !object.metadata.finalizers.contains(finalizer) else { return }
    metadata["finalizers"] = .array((object.metadata.finalizers + [finalizer]).map { .string($0) })
  }

  /// Whether nothing holds an object any more that is marked for deletion.
  private static func isReadyToGo(_ object: KubeObject) -> Bool {
    object.metadata.finalizers.isEmpty && object.metadata.deletionGracePeriodSeconds ?? 0 == 0
      && object.resource != .namespaces
  }
}

extension APIResource {
  /// Whether the kind counts changes of its specification: those whose controllers report which one they have seen.
  fileprivate var hasGeneration: Bool {
    [
      .pods, .statefulSets, .deployments, .replicaSets, .daemonSets, .endpointSlices, .networkPolicies,
      .podDisruptionBudgets,
    ].contains(self)
  }
}
