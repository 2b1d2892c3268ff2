// SPDX-License-Identifier: Apache-2.0


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
