// SPDX-License-Identifier: Apache-2.0

// The kinds of the core group.
extension APIResource {
  package static let namespaces = APIResource(
    group: "", version: "v1", kind: "Namespace", plural: "namespaces", shortNames: ["ns"], isNamespaced: false,
    type: .namespace, hasStatus: true, nameFormat: .dnsLabel, columns: TableColumn.namespaces)

  package static let nodes = APIResource(
    group: "", version: "v1", kind: "Node", plural: "nodes", shortNames: ["no"], isNamespaced: false, type: .node,
    hasStatus: true, columns: TableColumn.nodes)

  package static let services = APIResource(
    group: "", version: "v1", kind: "Service", plural: "services", shortNames: ["svc"], categories: ["all"],
    type: .service, hasStatus: true, nameFormat: .dns1035Label, columns: TableColumn.services)

  package static let endpoints = APIResource(
    group: "", version: "v1", kind: "Endpoints", plural: "endpoints", shortNames: ["ep"], type: .endpoints,
    columns: TableColumn.endpoints)

  package static let pods = APIResource(
    group: "", version: "v1", kind: "Pod", plural: "pods", shortNames: ["po"], categories: ["all"], type: .pod,
    hasStatus: true, columns: TableColumn.pods)

  package static let configMaps = APIResource(
    group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", shortNames: ["cm"], type: .configMap,
    columns: TableColumn.configMaps)

  package static let secrets = APIResource(
    group: "", version: "v1", kind: "Secret", plural: "secrets", type: .secret, columns: TableColumn.secrets)

  package static let serviceAccounts = APIResource(
    group: "", version: "v1", kind: "ServiceAccount", plural: "serviceaccounts", shortNames: ["sa"],
    type: .serviceAccount, columns: TableColumn.serviceAccounts)

  package static let persistentVolumeClaims = APIResource(
    group: "", version: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims", shortNames: ["pvc"],
    type: .persistentVolumeClaim, hasStatus: true, columns: TableColumn.persistentVolumeClaims)

  package static let events = APIResource(
    group: "", version: "v1", kind: "Event", plural: "events", shortNames: ["ev"], type: .event,
    columns: TableColumn.events)
}
