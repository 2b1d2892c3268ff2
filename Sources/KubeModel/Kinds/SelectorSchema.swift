// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// How objects are chosen and named by others: label selectors and references.
extension ObjectType {
  package static let labelSelector = ObjectType(
    .meta, "LabelSelector", "Chooses objects by their labels; all parts must hold. Empty chooses every object.",
    [
      Field("matchLabels", 1, .stringMap, "Labels that an object must have with these values.")
        .rule(.keys(.qualifiedName), .values(.format(.labelValue))),
      Field("matchExpressions", 2, .objects(.labelSelectorRequirement), "Requirements that an object must meet."),
    ], atomic: true,
    advice: { member, value in
      guard case .string(let text) = value, SpellingDistance.nearest(to: member, among: ["matchLabels"]) == nil else {
        return nil
      }
      return "labels stand under matchLabels here: write matchLabels: {\(member): \(text)}"
    })

  package static let labelSelectorRequirement = ObjectType(
    .meta, "LabelSelectorRequirement", "A requirement on one label.",
    [
      Field("key", 1, .string, "Key of the label.").required().rule(.format(.qualifiedName)),
      Field("operator", 2, .string, "How the label is compared.").required()
        .rule(.oneOf(["In", "NotIn", "Exists", "DoesNotExist"])),
      Field("values", 3, .strings, "Values to compare with; none for Exists and DoesNotExist.")
        .rule(.elements(.format(.labelValue))),
    ],
    validation: { requirement, path, errors in
      let hasValues = requirement["values"]?.array?.isEmpty == false
      switch requirement["operator"]?.string {
      case "In", "NotIn":
        if !hasValues {
          errors.append(.required(path.appending("values"), "must be specified when `operator` is 'In' or 'NotIn'"))
        }
      case "Exists", "DoesNotExist":
        if hasValues {
          errors.append(
            .forbidden(path.appending("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
        }
      default: break
      }
    })

  package static let objectReference = ObjectType(
    .core, "ObjectReference", "Names an object, or a part of it.",
    [
      Field("kind", 1, .string, "Kind of the object."),
      Field("namespace", 2, .string, "Namespace of the object."),
      Field("name", 3, .string, "Name of the object."),
      Field("uid", 4, .string, "Identity of the object."),
      Field("apiVersion", 5, .string, "Group and version of the object."),
      Field("resourceVersion", 6, .string, "Version of the object that is meant."),
      Field("fieldPath", 7, .string, "The part of the object that is meant."),
    ], atomic: true)

  package static let localObjectReference = ObjectType(
    .core, "LocalObjectReference", "Names an object of a known kind in the same namespace.",
    [Field("name", 1, .string, "Name of the object.")], atomic: true)

  package static let typedLocalObjectReference = ObjectType(
    .core, "TypedLocalObjectReference", "Names an object of any kind in the same namespace.",
    [
      Field("apiGroup", 1, .string, "Group of the object's kind; the core group if absent.").explicit(),
      Field("kind", 2, .string, "Kind of the object.").required(),
      Field("name", 3, .string, "Name of the object.").required(),
    ], atomic: true)

  package static let typedObjectReference = ObjectType(
    .core, "TypedObjectReference", "Names an object of any kind in any namespace.",
    [
      Field("apiGroup", 1, .string, "Group of the object's kind; the core group if absent.").explicit(),
      Field("kind", 2, .string, "Kind of the object.").required(),
      Field("name", 3, .string, "Name of the object.").required(),
      Field("namespace", 4, .string, "Namespace of the object; the referrer's own if absent.").explicit(),
    ])
}
