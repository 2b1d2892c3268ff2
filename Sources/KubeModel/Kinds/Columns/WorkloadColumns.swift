// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension TableColumn {
  package static let deployments: [TableColumn] = [
    .name, .readyReplicas,
    TableColumn("Up-to-date", .integer) { object, _ in CellText.count(object[at: "status", "updatedReplicas"]) },
    TableColumn("Available", .integer) { object, _ in CellText.count(object[at: "status", "availableReplicas"]) },
    .age, .containerNames, .containerImages, .workloadSelector,
  ]

  package static let replicaSets: [TableColumn] = [
    .name,
    TableColumn("Desired", .integer) { object, _ in CellText.count(object[at: "spec", "replicas"]) },
    TableColumn("Current", .integer) { object, _ in CellText.count(object[at: "status", "replicas"]) },
    TableColumn("Ready", .integer) { object, _ in CellText.count(object[at: "status", "readyReplicas"]) },
    .age, .containerNames, .containerImages, .workloadSelector,
  ]

  package static let statefulSets: [TableColumn] = [.name, .readyReplicas, .age, .containerNames, .containerImages]

  package static let daemonSets: [TableColumn] = [
    .name,
    TableColumn("Desired", .integer) { object, _ in CellText.count(object[at: "status", "desiredNumberScheduled"]) },
    TableColumn("Current", .integer) { object, _ in CellText.count(object[at: "status", "currentNumberScheduled"]) },
    TableColumn("Ready", .integer) { object, _ in CellText.count(object[at: "status", "numberReady"]) },
    TableColumn("Up-to-date", .integer) { object, _ in
      CellText.count(object[at: "status", "updatedNumberScheduled"])
    },
    TableColumn("Available", .integer) { object, _ in CellText.count(object[at: "status", "numberAvailable"]) },
    TableColumn("Node Selector") { object, _ in
      CellText.labels(object[at: "spec", "template", "spec", "nodeSelector"])
    },
    .age, .containerNames, .containerImages, .workloadSelector,
  ]

  package static let controllerRevisions: [TableColumn] = [
    .name,
    TableColumn("Controller") { object, _ in
      guard let owner = object.metadata.controller else { return .string(CellText.none) }
      let group = owner.apiVersion.split(separator: "/").dropLast().first.map { ".\($0)" } ?? ""
      return .string("\(owner.kind.lowercased())\(group)/\(owner.name)")
    },
    TableColumn("Revision", .integer) { object, _ in CellText.count(object[at: "revision"]) },
    .age,
  ]

  /// `2/3`: ready of wanted.
  private static let readyReplicas = TableColumn("Ready") { object, _ in
    let ready = object[at: "status", "readyReplicas"]?.int ?? 0
    return .string("\(ready)/\(object[at: "spec", "replicas"]?.int ?? 0)")
  }
  private static let containerNames = TableColumn("Containers", wide: true) { object, _ in
    CellText.containers(of: object, "name")
  }
  private static let containerImages = TableColumn("Images", wide: true) { object, _ in
    CellText.containers(of: object, "image")
  }
  private static let workloadSelector = TableColumn("Selector", wide: true) { object, _ in
    CellText.selector(object[at: "spec", "selector"])
  }
}
