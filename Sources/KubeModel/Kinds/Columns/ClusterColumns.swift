// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension TableColumn {
  package static let namespaces: [TableColumn] = [
    .name, TableColumn("Status") { object, _ in CellText.text(object[at: "status", "phase"], orElse: "") }, .age,
  ]

  package static let configMaps: [TableColumn] = [
    .name,
    TableColumn("Data") { object, _ in
      let count = (object[at: "data"]?.object?.count ?? 0) + (object[at: "binaryData"]?.object?.count ?? 0)
      return .string(String(count))
    },
    .age,
  ]

  package static let secrets: [TableColumn] = [
    .name,
    TableColumn("Type") { object, _ in CellText.text(object[at: "type"], orElse: "") },
    TableColumn("Data") { object, _ in .string(String(object[at: "data"]?.object?.count ?? 0)) },
    .age,
  ]

  package static let serviceAccounts: [TableColumn] = [
    .name,
    TableColumn("Secrets") { object, _ in .string(String(object[at: "secrets"]?.array?.count ?? 0)) },
    .age,
  ]

  package static let persistentVolumeClaims: [TableColumn] = [
    .name,
    TableColumn("Status") { object, _ in
      object.metadata.isBeingDeleted ? "Terminating" : CellText.text(object[at: "status", "phase"], orElse: "")
    },
    TableColumn("Volume") { object, _ in CellText.text(object[at: "spec", "volumeName"], orElse: "") },
    TableColumn("Capacity") { object, _ in
      let isBound = object[at: "spec", "volumeName"]?.string?.isEmpty == false
      return isBound ? CellText.text(object[at: "status", "capacity", "storage"], orElse: "") : ""
    },
    TableColumn("Access Modes") { object, _ in .string(accessModes(of: object)) },
    TableColumn("StorageClass") { object, _ in CellText.text(object[at: "spec", "storageClassName"], orElse: "") },
    TableColumn("VolumeAttributesClass") { object, _ in
      CellText.text(object[at: "spec", "volumeAttributesClassName"], orElse: CellText.unset)
    },
    .age,
    TableColumn("VolumeMode", wide: true) { object, _ in
      CellText.text(object[at: "spec", "volumeMode"], orElse: CellText.unset)
    },
  ]

  /// The modes of a bound claim in their short form: `RWO,ROX`.
  private static func accessModes(of claim: KubeObject) -> String {
    let short = [
      "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP",
    ]
    guard claim[at: "spec", "volumeName"]?.string?.isEmpty == false else { return "" }
    let modes = (claim[at: "status", "accessModes"]?.array ?? []).compactMap(\.string)
    return modes.compactMap { short[$0] }.joined(separator: ",")
  }

  package static let nodes: [TableColumn] = [
    .name,
    TableColumn("Status") { object, _ in .string(state(of: object)) },
    TableColumn("Roles") { object, _ in .string(roles(of: object)) },
    .age,
    TableColumn("Version") { object, _ in CellText.text(object[at: "status", "nodeInfo", "kubeletVersion"], orElse: "")
    },
    TableColumn("Internal-IP", wide: true) { object, _ in address("InternalIP", of: object) },
    TableColumn("External-IP", wide: true) { object, _ in address("ExternalIP", of: object) },
    TableColumn("OS-Image", wide: true) { object, _ in
      CellText.text(object[at: "status", "nodeInfo", "osImage"], orElse: CellText.unknown)
    },
    TableColumn("Kernel-Version", wide: true) { object, _ in
      CellText.text(object[at: "status", "nodeInfo", "kernelVersion"], orElse: CellText.unknown)
    },
    TableColumn("Container-Runtime", wide: true) { object, _ in
      CellText.text(object[at: "status", "nodeInfo", "containerRuntimeVersion"], orElse: CellText.unknown)
    },
  ]

  private static func state(of node: KubeObject) -> String {
    let conditions = node[at: "status", "conditions"]?.array ?? []
    let ready = conditions.first { $0["type"] == "Ready" }
    let state = ready == nil ? "Unknown" : ready?["status"] == "True" ? "Ready" : "NotReady"
    return node[at: "spec", "unschedulable"]?.bool == true ? "\(state),SchedulingDisabled" : state
  }

  private static func roles(of node: KubeObject) -> String {
    let prefix = "node-role.kubernetes.io/"
    let roles = node.metadata.labels.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    return roles.isEmpty ? CellText.none : roles.sorted().joined(separator: ",")
  }

  private static func address(_ type: String, of node: KubeObject) -> JSONValue {
    let addresses = node[at: "status", "addresses"]?.array ?? []
    return CellText.text(addresses.first { $0["type"]?.string == type }?["address"])
  }
}
