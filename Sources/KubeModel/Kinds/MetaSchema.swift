// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension Field {
  /// The type fields, which stand in the envelope in protobuf.
  package static let apiVersion = Field("apiVersion", 0, .string, "Group and version of the object's kind.")
  package static let kind = Field("kind", 0, .string, "Kind of the object.")
  package static let metadata = Field(
    "metadata", 1, .object(.objectMeta), "Name, labels and bookkeeping of the object."
  )
  .defaulted([:])
}

// The types that every kind shares: `meta/v1`.
extension ObjectType {
  package static let objectMeta = ObjectType(
    .meta, "ObjectMeta", "What every stored object has beside its specification.",
    [
      Field("name", 1, .string, "Name, unique among the objects of the kind in the namespace; cannot be changed."),
      Field("generateName", 2, .string, "Prefix of a name that the server completes when `name` is absent."),
      Field("namespace", 3, .string, "Namespace that holds the object; cannot be changed."),
      Field("selfLink", 4, .string, "No longer filled in."),
      Field("uid", 5, .string, "Identity of the object in time: a new object of the same name has another."),
      Field("resourceVersion", 6, .string, "Version of the object in the store; compare for equality only."),
      Field("generation", 7, .int64, "Counts the changes of the wanted state."),
      Field("creationTimestamp", 8, .time, "When the object was stored first."),
      Field("deletionTimestamp", 9, .time, "When the object will be gone at the latest; set by a deletion."),
      Field("deletionGracePeriodSeconds", 10, .int64, "Seconds given for a clean end; set by a deletion.").explicit(),
      Field("labels", 11, .stringMap, "Keys and values by which selectors choose the object.")
        .rule(.keys(.qualifiedName), .values(.format(.labelValue))),
      Field("annotations", 12, .stringMap, "Keys and values for tools, not used to select.").rule(
        .keys(.qualifiedName)),
      Field("ownerReferences", 13, .objects(.ownerReference, keys: "uid"), "Objects that this one depends on."),
      Field("finalizers", 14, .stringSet, "Names of those who have work to do before the object may go.")
        .rule(.elements(.format(.qualifiedName))),
      Field("managedFields", 17, .objects(.managedFieldsEntry), "Which writer set which fields."),
    ],
    validation: validateOwners)

  private static let validateOwners: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = {
    metadata, path, errors in
    let owners = metadata["ownerReferences"]?.array ?? []
    if owners.filter({ $0["controller"]?.bool == true }).count > 1 {
      errors.append(
        .invalid(
          path.appending("ownerReferences"), .array(owners), "only one reference can have controller set to true"))
    }
  }

  package static let ownerReference = ObjectType(
    .meta, "OwnerReference", "The object that another one belongs to, in the same namespace or without one.",
    [
      Field("apiVersion", 5, .string, "Group and version of the owner.").required(),
      Field("kind", 1, .string, "Kind of the owner.").required(),
      Field("name", 3, .string, "Name of the owner.").required(),
      Field("uid", 4, .string, "Identity of the owner.").required(),
      Field("controller", 6, .bool, "Whether the owner manages the object.").explicit(),
      Field("blockOwnerDeletion", 7, .bool, "Whether a foreground deletion of the owner waits for the object.")
        .explicit(),
    ], atomic: true)

  package static let managedFieldsEntry = ObjectType(
    .meta, "ManagedFieldsEntry", "The fields that one writer set in one way.",
    [
      Field("manager", 1, .string, "Name of the writer."),
      Field("operation", 2, .string, "How the fields were written.").rule(.oneOf(["Apply", "Update"])),
      Field("apiVersion", 3, .string, "Version in which the fields are named."),
      Field("time", 4, .time, "When the set of fields changed last."),
      Field("fieldsType", 6, .string, "Format of the set of fields: FieldsV1."),
      Field("fieldsV1", 7, .raw, "The set of fields."),
      Field("subresource", 8, .string, "The subresource that was written, if it was not the object itself."),
    ])

  package static let listMeta = ObjectType(
    .meta, "ListMeta", "What a list has beside its items.",
    [
      Field("selfLink", 1, .string, "No longer filled in."),
      Field("resourceVersion", 2, .string, "Version of the store at which the list was read."),
      Field("continue", 3, .string, "Token for the rest of the list; empty at its end."),
      Field("remainingItemCount", 4, .int64, "How many items are left, where that is known.").explicit(),
    ])

  package static let condition = ObjectType(
    .meta, "Condition", "One aspect of the state of an object.",
    [
      Field("type", 1, .string, "Name of the aspect.").required(),
      Field("status", 2, .string, "Whether it holds.").required().rule(.conditionStatus),
      Field("observedGeneration", 3, .int64, "Generation of the object that the condition is about."),
      Field("lastTransitionTime", 4, .time, "When the status changed last.").required(),
      Field("reason", 5, .string, "Why, in one word for programs.").required(),
      Field("message", 6, .string, "Why, in a sentence for people.").required(),
    ])

  package static let deleteOptions = ObjectType(
    .meta, "DeleteOptions", "How an object is to be deleted.",
    [
      .apiVersion, .kind,
      Field("gracePeriodSeconds", 1, .int64, "Seconds given for a clean end; 0 ends at once.").explicit()
        .rule(.nonNegative),
      Field("preconditions", 2, .object(.preconditions), "What the object must be for the deletion to go ahead."),
      Field("orphanDependents", 3, .bool, "Older form of `propagationPolicy`.").explicit(),
      Field("propagationPolicy", 4, .string, "What becomes of the objects that depend on this one.")
        .rule(.oneOf(["Orphan", "Background", "Foreground"])),
      Field("dryRun", 5, .strings, "`All`: check only.").rule(.elements(.oneOf(["All"]))),
      Field("ignoreStoreReadErrorWithClusterBreakingPotential", 6, .bool, "Delete even what cannot be read.")
        .explicit(),
    ])

  package static let preconditions = ObjectType(
    .meta, "Preconditions", "What an object must be for an operation to go ahead.",
    [
      Field("uid", 1, .string, "Identity of the object.").explicit(),
      Field("resourceVersion", 2, .string, "Version of the object.").explicit(),
    ])
}
