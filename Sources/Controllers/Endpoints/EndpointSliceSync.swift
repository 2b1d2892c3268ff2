// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Writes the slices that one owner has for one Service. Slices of other writers are never touched.
struct EndpointSliceSync: Sendable {
  let cluster: ClusterAccess
  /// The Service, or the Endpoints that are mirrored; the slices are deleted with it.
  let owner: KubeObject
  let serviceName: String
  /// The value of ``EndpointSlice/managedByLabel`` on our slices.
  let managedBy: String
  /// Copied to the slices; what the slices need of their own is added.
  let labels: [String: String]

  /// Makes the slices hold `groups`, and at least one slice for each of `families`.
  func run(groups: [EndpointGroup], families: [String]) async throws(StatusError) {
    var labels = labels
    labels[EndpointSlice.serviceNameLabel] = serviceName
    labels[EndpointSlice.managedByLabel] = managedBy

    var slices: [String: KubeObject] = [:]
    var reusable: [SlicePlan.Slice] = []
    for object in cluster.source.objects(.endpointSlices, namespace: owner.metadata.namespace) {
      guard !object.metadata.isBeingDeleted, object.metadata.labels[EndpointSlice.serviceNameLabel] == serviceName,
        object.metadata.labels[EndpointSlice.managedByLabel] == managedBy
      else { continue }
      if object.metadata.controller?.uid == owner.metadata.uid {
        slices[object.metadata.name] = object
        reusable.append(Self.slice(object, labels: labels))
      } else {
        // Left from an earlier Service of this name.
        try await cluster.delete(object)
      }
    }
    for action in SlicePlan(groups: groups, families: families, existing: reusable).actions {
      switch action {
      case .create(let contents): try await create(contents, labels)
      case .update(let name, let contents):
        if let slice = slices[name] { try await update(slice, contents, labels) }
      case .delete(let name):
        if let slice = slices[name] { try await cluster.delete(slice) }
      }
    }
  }

  private static func slice(_ object: KubeObject, labels: [String: String]) -> SlicePlan.Slice {
    let values = object["endpoints"]?.array ?? []
    let endpoints = values.compactMap { SliceEndpoint($0) }
    return SlicePlan.Slice(
      name: object.metadata.name,
      contents: SlicePlan.Contents(
        addressType: object["addressType"]?.string ?? "",
        ports: (object["ports"]?.array ?? []).map { SlicePort($0) }, endpoints: endpoints),
      needsWrite: endpoints.count != values.count || object.metadata.labels != labels)
  }

  private func create(_ contents: SlicePlan.Contents, _ labels: [String: String]) async throws(StatusError) {
    let root: JSONObject = [
      "apiVersion": .string(APIResource.endpointSlices.apiVersion),
      "kind": .string(APIResource.endpointSlices.kind),
      "metadata": [
        "generateName": .string(serviceName + "-"),
        "namespace": .string(owner.metadata.namespace),
        "labels": JSONValue(labels),
        "annotations": [EndpointSlice.triggerTimeAnnotation: .string(cluster.now().microText)],
        "ownerReferences": [OwnerReference(controller: owner).json],
      ],
      "addressType": .string(contents.addressType),
      "endpoints": .array(contents.endpoints.map(\.json)),
      "ports": .array(contents.ports.map(\.json)),
    ]
    _ = try await cluster.writer.create(root, in: .endpointSlices)
  }

  private func update(
    _ slice: KubeObject, _ contents: SlicePlan.Contents, _ labels: [String: String]
  ) async throws(StatusError) {
    let trigger = JSONValue.string(cluster.now().microText)
    try await cluster.modify(slice) { root throws(StatusError) in
      root["metadata", default: [:]]["labels"] = JSONValue(labels)
      var annotations = root["metadata"]?["annotations"] ?? [:]
      annotations[EndpointSlice.triggerTimeAnnotation] = trigger
      root["metadata", default: [:]]["annotations"] = annotations
      root["endpoints"] = .array(contents.endpoints.map(\.json))
      root["ports"] = .array(contents.ports.map(\.json))
    }
  }
}

extension [String: String] {
  /// Without the labels that only those may write who write endpoints.
  var withoutEndpointLabels: [String: String] {
    filter {
      ![
        EndpointSlice.serviceNameLabel, EndpointSlice.managedByLabel, EndpointSlice.headlessLabel,
        EndpointsReconciler.managedByLabel,
      ].contains($0.key)
    }
  }
}
