// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Volumes that live elsewhere. They are read and kept, so that manifests pass unchanged.
extension ObjectType {
  package static let nfsVolumeSource = ObjectType(
    .core, "NFSVolumeSource", "An NFS export.",
    [
      Field("server", 1, .string, "Host of the server.").required(),
      Field("path", 2, .string, "Path that it exports.").required().rule(.format(.absolutePath)),
      .readOnly(3),
    ])

  package static let csiVolumeSource = ObjectType(
    .core, "CSIVolumeSource", "A volume of a storage driver.",
    [
      Field("driver", 1, .string, "Name of the driver.").required(),
      Field("readOnly", 2, .bool, "Whether it cannot be written.").explicit(),
      Field("fsType", 3, .string, "Kind of the file system.").explicit(),
      Field("volumeAttributes", 4, .stringMap, "What the driver is told."),
      .secretReference(5, "nodePublishSecretRef"),
    ])

  package static let iscsiVolumeSource = ObjectType(
    .core, "ISCSIVolumeSource", "An iSCSI disk.",
    [
      Field("targetPortal", 1, .string, "Address of the portal.").required(),
      Field("iqn", 2, .string, "Name of the target.").required(),
      Field("lun", 3, .int32, "Number of the unit.").required(),
      Field("iscsiInterface", 4, .string, "Transport of the initiator.").defaulted("default"),
      .fileSystem(5), .readOnly(6),
      Field("portals", 7, .strings, "Further portals."),
      Field("chapAuthDiscovery", 8, .bool, "Whether discovery is authenticated."),
      Field("chapAuthSession", 11, .bool, "Whether sessions are authenticated."),
      .secretReference(10),
      Field("initiatorName", 12, .string, "Name of the initiator.").explicit(),
    ])

  package static let fcVolumeSource = ObjectType(
    .core, "FCVolumeSource", "A Fibre Channel disk.",
    [
      Field("targetWWNs", 1, .strings, "Names of the targets."),
      Field("lun", 2, .int32, "Number of the unit.").explicit(),
      .fileSystem(3), .readOnly(4),
      Field("wwids", 5, .strings, "Names of the volume."),
    ])

  package static let rbdVolumeSource = ObjectType(
    .core, "RBDVolumeSource", "A Ceph block device.",
    [
      Field("monitors", 1, .strings, "Addresses of the monitors.").required(),
      Field("image", 2, .string, "Name of the image.").required(),
      .fileSystem(3),
      Field("pool", 4, .string, "Name of the pool.").defaulted("rbd"),
      Field("user", 5, .string, "Name of the user.").defaulted("admin"),
      Field("keyring", 6, .string, "File of the user's key.").defaulted("/etc/ceph/keyring"),
      .secretReference(7), .readOnly(8),
    ])

  package static let cephFSVolumeSource = ObjectType(
    .core, "CephFSVolumeSource", "A Ceph file system.",
    [
      Field("monitors", 1, .strings, "Addresses of the monitors.").required(),
      Field("path", 2, .string, "Path in the file system."),
      Field("user", 3, .string, "Name of the user."),
      Field("secretFile", 4, .string, "File of the user's key."),
      .secretReference(5), .readOnly(6),
    ])

  package static let glusterfsVolumeSource = ObjectType(
    .core, "GlusterfsVolumeSource", "A Gluster volume.",
    [
      Field("endpoints", 1, .string, "Endpoints of the servers.").required(),
      Field("path", 2, .string, "Name of the volume.").required(),
      .readOnly(3),
    ])

  package static let quobyteVolumeSource = ObjectType(
    .core, "QuobyteVolumeSource", "A Quobyte volume.",
    [
      Field("registry", 1, .string, "Addresses of the registry.").required(),
      Field("volume", 2, .string, "Name of the volume.").required(),
      .readOnly(3),
      Field("user", 4, .string, "User that it is mounted as."),
      Field("group", 5, .string, "Group that it is mounted as."),
      Field("tenant", 6, .string, "Owner of the volume."),
    ])

  package static let portworxVolumeSource = ObjectType(
    .core, "PortworxVolumeSource", "A Portworx volume.",
    [Field("volumeID", 1, .string, "Identity of the volume.").required(), .fileSystem(2), .readOnly(3)])

  package static let storageOSVolumeSource = ObjectType(
    .core, "StorageOSVolumeSource", "A StorageOS volume.",
    [
      Field("volumeName", 1, .string, "Name of the volume."),
      Field("volumeNamespace", 2, .string, "Scope of the name."),
      .fileSystem(3), .readOnly(4), .secretReference(5),
    ])

  package static let scaleIOVolumeSource = ObjectType(
    .core, "ScaleIOVolumeSource", "A ScaleIO volume.",
    [
      Field("gateway", 1, .string, "Address of the gateway.").required(),
      Field("system", 2, .string, "Name of the system.").required(),
      .secretReference(3),
      Field("sslEnabled", 4, .bool, "Whether TLS is used."),
      Field("protectionDomain", 5, .string, "Name of the protection domain."),
      Field("storagePool", 6, .string, "Name of the pool."),
      Field("storageMode", 7, .string, "How it is provisioned.").defaulted("ThinProvisioned"),
      Field("volumeName", 8, .string, "Name of the volume."),
      Field("fsType", 9, .string, "Kind of the file system.").defaulted("xfs"),
      .readOnly(10),
    ])

  package static let flexVolumeSource = ObjectType(
    .core, "FlexVolumeSource", "A volume of a program on the node.",
    [
      Field("driver", 1, .string, "Name of the program.").required(),
      .fileSystem(2), .secretReference(3), .readOnly(4),
      Field("options", 5, .stringMap, "What the program is told."),
    ])

  package static let flockerVolumeSource = ObjectType(
    .core, "FlockerVolumeSource", "A Flocker volume.",
    [
      Field("datasetName", 1, .string, "Name of the dataset."),
      Field("datasetUUID", 2, .string, "Identity of the dataset."),
    ])

  package static let gitRepoVolumeSource = ObjectType(
    .core, "GitRepoVolumeSource", "A checkout of a git repository.",
    [
      Field("repository", 1, .string, "Address of the repository.").required(),
      Field("revision", 2, .string, "Commit to check out."),
      Field("directory", 3, .string, "Directory of the checkout.").rule(.format(.pathInside)),
    ])
}

extension Field {
  static func readOnly(_ number: Int) -> Field { Field("readOnly", number, .bool, "Whether it cannot be written.") }
  static func fileSystem(_ number: Int) -> Field { Field("fsType", number, .string, "Kind of the file system.") }
  static func secretReference(_ number: Int, _ name: String = "secretRef") -> Field {
    Field(name, number, .object(.localObjectReference), "Secret with the credentials.")
  }
}
