// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Volumes of a pod, and those that the API itself fills.
extension ObjectType {
  package static let volume = ObjectType(
    .core, "Volume", "Files that the containers of a pod can share.",
    [Field("name", 1, .string, "Name of the volume, unique in the pod.").required().rule(.format(.dnsLabel))]
      + volumeSources.map { $0.embedded(in: 2) },
    defaulting: { volume in
      // A volume without a source is an empty directory.
      if volume.count == 1 { volume["emptyDir"] = [:] }
    },
    validation: { volume, path, errors in
      for source in volumeSources.filter({ volume[$0.name] != nil }).dropFirst() {
        errors.append(.forbidden(path.appending(source.name), "may not specify more than 1 volume type"))
      }
    })

  private static let volumeSources: [Field] = [
    Field("hostPath", 1, .object(.hostPathVolumeSource), "A path of the node."),
    Field("emptyDir", 2, .object(.emptyDirVolumeSource), "A directory that lives as long as the pod."),
    Field("gcePersistentDisk", 3, .object(.gcePersistentDiskVolumeSource), "A disk of Google Compute Engine."),
    Field("awsElasticBlockStore", 4, .object(.awsElasticBlockStoreVolumeSource), "A disk of AWS."),
    Field("gitRepo", 5, .object(.gitRepoVolumeSource), "A checkout of a git repository."),
    Field("secret", 6, .object(.secretVolumeSource), "A Secret as files."),
    Field("nfs", 7, .object(.nfsVolumeSource), "An NFS export."),
    Field("iscsi", 8, .object(.iscsiVolumeSource), "An iSCSI disk."),
    Field("glusterfs", 9, .object(.glusterfsVolumeSource), "A Gluster volume."),
    Field("persistentVolumeClaim", 10, .object(.persistentVolumeClaimVolumeSource), "The storage of a claim."),
    Field("rbd", 11, .object(.rbdVolumeSource), "A Ceph block device."),
    Field("flexVolume", 12, .object(.flexVolumeSource), "A volume of a program on the node."),
    Field("cinder", 13, .object(.cinderVolumeSource), "A disk of OpenStack."),
    Field("cephfs", 14, .object(.cephFSVolumeSource), "A Ceph file system."),
    Field("flocker", 15, .object(.flockerVolumeSource), "A Flocker volume."),
    Field("downwardAPI", 16, .object(.downwardAPIVolumeSource), "The pod's own fields as files."),
    Field("fc", 17, .object(.fcVolumeSource), "A Fibre Channel disk."),
    Field("azureFile", 18, .object(.azureFileVolumeSource), "A file share of Azure."),
    Field("configMap", 19, .object(.configMapVolumeSource), "A ConfigMap as files."),
    Field("vsphereVolume", 20, .object(.vsphereVirtualDiskVolumeSource), "A disk of vSphere."),
    Field("quobyte", 21, .object(.quobyteVolumeSource), "A Quobyte volume."),
    Field("azureDisk", 22, .object(.azureDiskVolumeSource), "A disk of Azure."),
    Field("photonPersistentDisk", 23, .object(.photonPersistentDiskVolumeSource), "A disk of Photon."),
    Field("projected", 26, .object(.projectedVolumeSource), "Several sources in one directory."),
    Field("portworxVolume", 24, .object(.portworxVolumeSource), "A Portworx volume."),
    Field("scaleIO", 25, .object(.scaleIOVolumeSource), "A ScaleIO volume."),
    Field("storageos", 27, .object(.storageOSVolumeSource), "A StorageOS volume."),
    Field("csi", 28, .object(.csiVolumeSource), "A volume of a storage driver."),
    Field("ephemeral", 29, .object(.ephemeralVolumeSource), "A claim made for the pod alone."),
    Field("image", 30, .object(.imageVolumeSource), "The content of an image."),
  ]

  package static let hostPathVolumeSource = ObjectType(
    .core, "HostPathVolumeSource", "A path of the node.",
    [
      Field("path", 1, .string, "The path.").required(),
      Field("type", 2, .string, "What must be there.").explicit().defaulted("").rule(
        .oneOf(["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"])),
    ],
    validation: { source, path, errors in
      if source["path"]?.string?.split(separator: "/").contains("..") == true {
        errors.append(.invalid(path.appending("path"), source["path"] ?? "", "must not contain '..'"))
      }
    })

  package static let emptyDirVolumeSource = ObjectType(
    .core, "EmptyDirVolumeSource", "A directory that lives as long as the pod.",
    [
      Field("medium", 1, .string, "What it is kept on: the node's disk, or Memory."),
      Field("sizeLimit", 2, .quantity, "The most that it may hold."),
    ])

  package static let secretVolumeSource = ObjectType(
    .core, "SecretVolumeSource", "A Secret as files.",
    [
      Field("secretName", 1, .string, "Name of the Secret.").required(),
      Field("items", 2, .objects(.keyToPath), "Keys to show; all if absent."),
      Field("defaultMode", 3, .int32, "Mode bits of the files.").explicit().defaulted(0o644).rule(.fileMode),
      Field("optional", 4, .bool, "Whether it may be missing.").explicit(),
    ],
    advice: { member, value in
      member == "name" ? "here the Secret is named by secretName: write secretName: \(value.string ?? "")" : nil
    })

  package static let configMapVolumeSource = ObjectType(
    .core, "ConfigMapVolumeSource", "A ConfigMap as files.",
    [
      Field("name", 1, .string, "Name of the ConfigMap.").required().embedded(in: 1),
      Field("items", 2, .objects(.keyToPath), "Keys to show; all if absent."),
      Field("defaultMode", 3, .int32, "Mode bits of the files.").explicit().defaulted(0o644).rule(.fileMode),
      Field("optional", 4, .bool, "Whether it may be missing.").explicit(),
    ],
    advice: { member, value in
      member == "configMapName" ? "here the ConfigMap is named by name: write name: \(value.string ?? "")" : nil
    })

  package static let keyToPath = ObjectType(
    .core, "KeyToPath", "A key shown as a file.",
    [
      Field("key", 1, .string, "The key.").required(),
      Field("path", 2, .string, "Path of the file in the volume.").required().rule(.format(.pathInside)),
      Field("mode", 3, .int32, "Mode bits of the file.").explicit().rule(.fileMode),
    ])

  package static let downwardAPIVolumeSource = ObjectType(
    .core, "DownwardAPIVolumeSource", "The pod's own fields as files.",
    [
      Field("items", 1, .objects(.downwardAPIVolumeFile), "The files."),
      Field("defaultMode", 2, .int32, "Mode bits of the files.").explicit().defaulted(0o644).rule(.fileMode),
    ])

  package static let downwardAPIVolumeFile = ObjectType(
    .core, "DownwardAPIVolumeFile", "A field of the pod shown as a file.",
    [
      Field("path", 1, .string, "Path of the file in the volume.").required().rule(.format(.pathInside)),
      Field("fieldRef", 2, .object(.objectFieldSelector), "A field of the pod."),
      Field("resourceFieldRef", 3, .object(.resourceFieldSelector), "A resource of a container."),
      Field("mode", 4, .int32, "Mode bits of the file.").explicit().rule(.fileMode),
    ],
    validation: { file, path, errors in
      switch (file["fieldRef"] != nil, file["resourceFieldRef"] != nil) {
      case (false, false): errors.append(.required(path, "one of fieldRef and resourceFieldRef is required"))
      case (true, true):
        errors.append(.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
      default: break
      }
    })

  package static let persistentVolumeClaimVolumeSource = ObjectType(
    .core, "PersistentVolumeClaimVolumeSource", "The storage of a claim.",
    [
      Field("claimName", 1, .string, "Name of the claim.").required().rule(.format(.dnsSubdomain)),
      Field("readOnly", 2, .bool, "Whether it cannot be written."),
    ])

  package static let ephemeralVolumeSource = ObjectType(
    .core, "EphemeralVolumeSource", "A claim made for the pod alone.",
    [
      Field("volumeClaimTemplate", 1, .object(.persistentVolumeClaimTemplate), "What the claim is made from.")
        .required()
    ])

  package static let imageVolumeSource = ObjectType(
    .core, "ImageVolumeSource", "The content of an image.",
    [
      Field("reference", 1, .string, "Name of the image."),
      Field("pullPolicy", 2, .string, "Whether it is pulled before each start.").rule(.pullPolicy),
    ],
    defaulting: { image in
      image["pullPolicy"] = image["pullPolicy"] ?? .string(PodRules.pullPolicy(of: image["reference"]?.string ?? ""))
    })
}
