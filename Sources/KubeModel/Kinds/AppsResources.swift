// SPDX-License-Identifier: Apache-2.0

// The kinds of the groups `apps` and `discovery.k8s.io`.
extension APIResource {
  package static let endpointSlices = APIResource(
    group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice", plural: "endpointslices", type: .endpointSlice,
    columns: TableColumn.endpointSlices)

  package static let deployments = APIResource(
    group: "apps", version: "v1", kind: "Deployment", plural: "deployments", shortNames: ["deploy"],
    categories: ["all"], type: .deployment, hasStatus: true, hasScale: true, columns: TableColumn.deployments)

  package static let replicaSets = APIResource(
    group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets", shortNames: ["rs"], categories: ["all"],
    type: .replicaSet, hasStatus: true, hasScale: true, columns: TableColumn.replicaSets)

  package static let statefulSets = APIResource(
    group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets", shortNames: ["sts"],
    categories: ["all"], type: .statefulSet, hasStatus: true, hasScale: true, columns: TableColumn.statefulSets)

  package static let daemonSets = APIResource(
    group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets", shortNames: ["ds"], categories: ["all"],
    type: .daemonSet, hasStatus: true, columns: TableColumn.daemonSets)

  package static let controllerRevisions = APIResource(
    group: "apps", version: "v1", kind: "ControllerRevision", plural: "controllerrevisions",
    type: .controllerRevision, columns: TableColumn.controllerRevisions)
}
