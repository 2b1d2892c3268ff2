// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Claims of storage.
extension ObjectType {
  package static let persistentVolumeClaim = ObjectType(
    .core, "PersistentVolumeClaim", "A claim of storage, for pods to mount.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.persistentVolumeClaimSpec), "Wanted storage.").required(),
      Field("status", 3, .object(.persistentVolumeClaimStatus), "Storage that was found.").defaulted([:]),
    ])

  package static let persistentVolumeClaimTemplate = ObjectType(
    .core, "PersistentVolumeClaimTemplate", "The claim that is made for a pod's own volume.",
    [
      Field("metadata", 1, .object(.objectMeta), "Labels and annotations of the claim."),
      Field("spec", 2, .object(.persistentVolumeClaimSpec), "Wanted storage.").required(),
    ])

  package static let persistentVolumeClaimSpec = ObjectType(
    .core, "PersistentVolumeClaimSpec", "Wanted storage.",
    [
      Field("accessModes", 1, .strings, "How the volume is to be mounted.").required().rule(
        .notEmpty, .elements(.oneOf(["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]))),
      Field("selector", 4, .object(.labelSelector), "Volumes to choose from."),
      Field("resources", 2, .object(.volumeResourceRequirements), "Its size.").required(),
      Field("volumeName", 3, .string, "The volume that was chosen."),
      Field("storageClassName", 5, .string, "Class of the storage; the default class if absent.").explicit(),
      Field("volumeMode", 6, .string, "Whether it holds a file system.").explicit().defaulted("Filesystem")
        .rule(.oneOf(["Block", "Filesystem"])),
      Field("dataSource", 7, .object(.typedLocalObjectReference), "What it is filled from."),
      Field("dataSourceRef", 8, .object(.typedObjectReference), "What it is filled from, of any kind."),
      Field("volumeAttributesClassName", 9, .string, "Class of changeable attributes.").explicit(),
    ],
    validation: { spec, path, errors in
      if spec["resources"]?["requests"]?["storage"] == nil, spec["resources"] != nil {
        errors.append(.required(path.appending("resources").appending(key: "storage")))
      }
    })

  package static let volumeResourceRequirements = ObjectType(
    .core, "VolumeResourceRequirements", "The size of a volume.",
    [
      Field("limits", 1, .quantities, "The most that it may have."),
      Field("requests", 2, .quantities, "The least that it must have."),
    ])

  package static let persistentVolumeClaimStatus = ObjectType(
    .core, "PersistentVolumeClaimStatus", "Storage that was found for a claim.",
    [
      Field("phase", 1, .string, "Whether storage was found.").defaulted("Pending")
        .rule(.oneOf(["Bound", "Lost", "Pending"])),
      Field("accessModes", 2, .strings, "How the volume can be mounted."),
      Field("capacity", 3, .quantities, "Its size."),
      Field("conditions", 4, .objects(.persistentVolumeClaimCondition, keys: "type"), "Aspects of its state."),
      Field("allocatedResources", 5, .quantities, "Size that is set aside."),
      Field("allocatedResourceStatuses", 7, .stringMap, "How far a change of size has come.").atomic(),
      Field("currentVolumeAttributesClassName", 8, .string, "Class of attributes in force.").explicit(),
      Field("modifyVolumeStatus", 9, .object(.modifyVolumeStatus), "How far a change of attributes has come."),
    ])

  package static let persistentVolumeClaimCondition = ObjectType(
    .core, "PersistentVolumeClaimCondition", "One aspect of the state of a claim.",
    [
      Field("type", 1, .string, "Name of the aspect.").required(),
      Field("status", 2, .string, "Whether it holds.").required(),
      Field("lastProbeTime", 3, .time, "When it was checked last."),
      Field("lastTransitionTime", 4, .time, "When the status changed last."),
      Field("reason", 5, .string, "Why, in one word for programs."),
      Field("message", 6, .string, "Why, in a sentence for people."),
    ])

  package static let modifyVolumeStatus = ObjectType(
    .core, "ModifyVolumeStatus", "How far a change of a volume's attributes has come.",
    [
      Field("targetVolumeAttributesClassName", 1, .string, "Class that is being taken on."),
      Field("status", 2, .string, "How far it has come.").required(),
    ])
}
