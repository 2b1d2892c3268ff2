// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Namespaces, and the small kinds that others refer to by name.
extension ObjectType {
  package static let namespace = ObjectType(
    .core, "Namespace", "A scope for names.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.namespaceSpec), "Wanted state.").defaulted([:]),
      Field("status", 3, .object(.namespaceStatus), "Observed state.").defaulted([:]),
    ],
    defaulting: { namespace in
      // Every namespace can be chosen by its own name.
      guard var metadata = namespace["metadata"], let name = metadata["name"] else { return }
      var labels = metadata["labels"] ?? [:]
      labels["kubernetes.io/metadata.name"] = name
      metadata["labels"] = labels
      namespace["metadata"] = metadata
    })

  package static let namespaceSpec = ObjectType(
    .core, "NamespaceSpec", "Wanted state of a namespace.",
    [
      Field("finalizers", 1, .strings, "Who has work to do before the namespace may go.").defaulted(["kubernetes"])
    ])

  package static let namespaceStatus = ObjectType(
    .core, "NamespaceStatus", "Observed state of a namespace.",
    [
      Field("phase", 1, .string, "Whether the namespace takes new objects.").defaulted("Active")
        .rule(.oneOf(["Active", "Terminating"])),
      Field("conditions", 2, .objects(.namespaceCondition, keys: "type"), "What holds back its deletion."),
    ])

  package static let namespaceCondition = ObjectType(
    .core, "NamespaceCondition", "One aspect of the state of a namespace.",
    [
      Field("type", 1, .string, "Name of the aspect.").required(),
      Field("status", 2, .string, "Whether it holds.").required().rule(.conditionStatus),
      Field("lastTransitionTime", 4, .time, "When the status changed last."),
      Field("reason", 5, .string, "Why, in one word for programs."),
      Field("message", 6, .string, "Why, in a sentence for people."),
    ])

  package static let configMap = ObjectType(
    .core, "ConfigMap", "Configuration for pods to read.",
    [
      .apiVersion, .kind, .metadata,
      Field("immutable", 4, .bool, "Whether the data can no longer be changed.").explicit(),
      Field("data", 2, .stringMap, "Texts by key.").rule(.keys(.configMapKey)),
      Field("binaryData", 3, .map(.bytes), "Octets by key.").rule(.keys(.configMapKey)),
    ],
    validation: { configMap, path, errors in
      let texts = configMap["data"]?.object ?? [:]
      let binaries = configMap["binaryData"]?.object ?? [:]
      for key in texts.keys where binaries[key] != nil {
        errors.append(
          .invalid(path.appending("data").appending(key: key), .string(key), "duplicate of key present in binaryData"))
      }
      reportSize(of: [texts, binaries], at: path.appending("data"), into: &errors)
    })

  package static let secret = ObjectType(
    .core, "Secret", "Confidential data for pods to read.",
    [
      .apiVersion, .kind, .metadata,
      Field("immutable", 5, .bool, "Whether the data can no longer be changed.").explicit(),
      Field("data", 2, .map(.bytes), "Octets by key.").rule(.keys(.configMapKey)),
      Field("stringData", 4, .stringMap, "Texts by key, stored into `data`; never read back."),
      Field("type", 3, .string, "What the data is for.").defaulted("Opaque"),
    ],
    defaulting: { secret in
      guard let texts = secret.removeValue(forKey: "stringData")?.object else { return }
      var data = secret["data"]?.object ?? [:]
      for (key, value) in texts { data[key] = .string(Base64.encode(Array((value.string ?? "").utf8))) }
      secret["data"] = .object(data)
    },
    validation: { secret, path, errors in
      reportSize(of: [secret["data"]?.object ?? [:]], at: path.appending("data"), into: &errors)
    })

  /// The most that a ConfigMap or a Secret may hold, in octets as written.
  private static let maximumDataSize = 1 << 20

  private static func reportSize(of maps: [JSONObject], at path: FieldPath, into errors: inout [FieldError]) {
    let size = maps.reduce(0) { sum, map in map.values.reduce(sum) { $0 + ($1.string?.utf8.count ?? 0) } }
    if size > maximumDataSize { errors.append(.tooLong(path, maximumDataSize)) }
  }

  package static let serviceAccount = ObjectType(
    .core, "ServiceAccount", "An identity for the processes of a pod.",
    [
      .apiVersion, .kind, .metadata,
      Field("secrets", 2, .objects(.objectReference, keys: "name"), "Secrets that pods of the account may use."),
      Field("imagePullSecrets", 3, .objects(.localObjectReference), "Secrets for pulling images of its pods."),
      Field("automountServiceAccountToken", 4, .bool, "Whether its pods get a token mounted.").explicit(),
    ])

  package static let scale = ObjectType(
    .autoscaling, "Scale", "How many pods a workload has; served below it as `scale`.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.scaleSpec), "Wanted number."),
      Field("status", 3, .object(.scaleStatus), "Observed number."),
    ])

  package static let scaleSpec = ObjectType(
    .autoscaling, "ScaleSpec", "The wanted number of pods.",
    [Field("replicas", 1, .int32, "Number of pods.").rule(.nonNegative)])

  package static let scaleStatus = ObjectType(
    .autoscaling, "ScaleStatus", "The observed number of pods.",
    [
      Field("replicas", 1, .int32, "Number of pods.").required(),
      Field("selector", 2, .string, "Their label selector, as in a query."),
    ])
}
