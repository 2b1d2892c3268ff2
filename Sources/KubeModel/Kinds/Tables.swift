// SPDX-License-Identifier: Apache-2.0

extension ObjectType {
  package static let namespace = ObjectType(.core, "Namespace", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let node = ObjectType(.core, "Node", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let service = ObjectType(.core, "Service", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let pod = ObjectType(.core, "Pod", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let persistentVolumeClaim = ObjectType(.core, "PersistentVolumeClaim", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let deployment = ObjectType(.apps, "Deployment", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let replicaSet = ObjectType(.apps, "ReplicaSet", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let statefulSet = ObjectType(.apps, "StatefulSet", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""),
    Field("metadata", 1, .raw, ""), Field("spec", 2, .raw, ""), Field("status", 3, .raw, ""),
  ])
  package static let endpoints = ObjectType(.core, "Endpoints", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("subsets", 2, .raw, ""),
  ])
  package static let configMap = ObjectType(.core, "ConfigMap", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("data", 2, .raw, ""),
    Field("binaryData", 3, .raw, ""),
    Field("immutable", 4, .raw, ""),
  ])
  package static let secret = ObjectType(.core, "Secret", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("data", 2, .raw, ""),
    Field("type", 3, .raw, ""),
    Field("stringData", 4, .raw, ""),
    Field("immutable", 5, .raw, ""),
  ])
  package static let serviceAccount = ObjectType(.core, "ServiceAccount", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("secrets", 2, .raw, ""),
    Field("imagePullSecrets", 3, .raw, ""),
    Field("automountServiceAccountToken", 4, .raw, ""),
  ])
  package static let event = ObjectType(.core, "Event", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("involvedObject", 2, .raw, ""),
    Field("reason", 3, .raw, ""),
    Field("message", 4, .raw, ""),
    Field("source", 5, .raw, ""),
    Field("firstTimestamp", 6, .raw, ""),
    Field("lastTimestamp", 7, .raw, ""),
    Field("count", 8, .raw, ""),
    Field("type", 9, .raw, ""),
    Field("eventTime", 10, .raw, ""),
    Field("series", 11, .raw, ""),
    Field("action", 12, .raw, ""),
    Field("related", 13, .raw, ""),
    Field("reportingComponent", 14, .raw, ""),
    Field("reportingInstance", 15, .raw, ""),
  ])
  package static let endpointSlice = ObjectType(.discovery, "EndpointSlice", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("endpoints", 2, .raw, ""),
    Field("ports", 3, .raw, ""),
    Field("addressType", 4, .raw, ""),
  ])
  package static let controllerRevision = ObjectType(.apps, "ControllerRevision", "", [
    Field("apiVersion", 1001, .string, ""), Field("kind", 1002, .string, ""), Field("metadata", 1, .raw, ""),
    Field("data", 2, .raw, ""),
    Field("revision", 3, .raw, ""),
  ])
}

extension TableColumn {
  package static let namespaces: [TableColumn] = [.name, .age]
  package static let nodes: [TableColumn] = [.name, .age]
  package static let services: [TableColumn] = [.name, .age]
  package static let pods: [TableColumn] = [.name, .age]
  package static let persistentVolumeClaims: [TableColumn] = [.name, .age]
  package static let deployments: [TableColumn] = [.name, .age]
  package static let replicaSets: [TableColumn] = [.name, .age]
  package static let statefulSets: [TableColumn] = [.name, .age]
  package static let endpoints: [TableColumn] = [.name, .age]
  package static let configMaps: [TableColumn] = [.name, .age]
  package static let secrets: [TableColumn] = [.name, .age]
  package static let serviceAccounts: [TableColumn] = [.name, .age]
  package static let events: [TableColumn] = [.name, .age]
  package static let endpointSlices: [TableColumn] = [.name, .age]
  package static let controllerRevisions: [TableColumn] = [.name, .age]
}
