// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Disks of cloud providers. They are read and kept, so that manifests pass unchanged.
extension ObjectType {
  package static let awsElasticBlockStoreVolumeSource = ObjectType(
    .core, "AWSElasticBlockStoreVolumeSource", "A disk of AWS.",
    [
      Field("volumeID", 1, .string, "Identity of the disk.").required(),
      .fileSystem(2),
      Field("partition", 3, .int32, "Number of the partition.").rule(.range(0...255)),
      .readOnly(4),
    ])

  package static let gcePersistentDiskVolumeSource = ObjectType(
    .core, "GCEPersistentDiskVolumeSource", "A disk of Google Compute Engine.",
    [
      Field("pdName", 1, .string, "Name of the disk.").required(),
      .fileSystem(2),
      Field("partition", 3, .int32, "Number of the partition.").rule(.range(0...255)),
      .readOnly(4),
    ])

  package static let azureDiskVolumeSource = ObjectType(
    .core, "AzureDiskVolumeSource", "A disk of Azure.",
    [
      Field("diskName", 1, .string, "Name of the disk.").required(),
      Field("diskURI", 2, .string, "Address of the disk.").required(),
      Field("cachingMode", 3, .string, "How the host caches it.").explicit().defaulted("ReadWrite")
        .rule(.oneOf(["None", "ReadOnly", "ReadWrite"])),
      Field("fsType", 4, .string, "Kind of the file system.").explicit().defaulted("ext4"),
      Field("readOnly", 5, .bool, "Whether it cannot be written.").explicit().defaulted(false),
      Field("kind", 6, .string, "How it is kept.").explicit().defaulted("Shared")
        .rule(.oneOf(["Dedicated", "Managed", "Shared"])),
    ])

  package static let azureFileVolumeSource = ObjectType(
    .core, "AzureFileVolumeSource", "A file share of Azure.",
    [
      Field("secretName", 1, .string, "Secret with the credentials.").required(),
      Field("shareName", 2, .string, "Name of the share.").required(),
      .readOnly(3),
    ])

  package static let cinderVolumeSource = ObjectType(
    .core, "CinderVolumeSource", "A disk of OpenStack.",
    [
      Field("volumeID", 1, .string, "Identity of the disk.").required(), .fileSystem(2), .readOnly(3),
      .secretReference(4),
    ])

  package static let vsphereVirtualDiskVolumeSource = ObjectType(
    .core, "VsphereVirtualDiskVolumeSource", "A disk of vSphere.",
    [
      Field("volumePath", 1, .string, "Path of the disk.").required(),
      .fileSystem(2),
      Field("storagePolicyName", 3, .string, "Name of its storage policy."),
      Field("storagePolicyID", 4, .string, "Identity of its storage policy."),
    ])

  package static let photonPersistentDiskVolumeSource = ObjectType(
    .core, "PhotonPersistentDiskVolumeSource", "A disk of Photon.",
    [Field("pdID", 1, .string, "Identity of the disk.").required(), .fileSystem(2)])
}
