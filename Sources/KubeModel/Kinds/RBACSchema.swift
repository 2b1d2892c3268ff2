// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Roles and who has them. Kept and checked, so that manifests are right where they count; not enforced here.
extension ObjectType {
  package static let role = ObjectType(
    .rbac, "Role", "What may be done in one namespace.",
    [
      .apiVersion, .kind, .metadata,
      Field("rules", 2, .objects(.policyRule), "What may be done; each rule adds to the others."),
    ],
    validation: { role, path, errors in
      for (index, rule) in (role["rules"]?.array ?? []).enumerated() {
        guard let urls = rule["nonResourceURLs"] else { continue }
        errors.append(
          .invalid(
            path.appending("rules").appending(index: index).appending("nonResourceURLs"), urls,
            "namespaced rules cannot apply to non-resource URLs"))
      }
    })

  package static let clusterRole = ObjectType(
    .rbac, "ClusterRole", "What may be done in all namespaces, and with what is in none.",
    [
      .apiVersion, .kind, .metadata,
      Field("rules", 2, .objects(.policyRule), "What may be done; each rule adds to the others."),
      Field("aggregationRule", 3, .object(.aggregationRule), "Other roles whose rules this one collects."),
    ])

  package static let policyRule = ObjectType(
    .rbac, "PolicyRule", "Actions that are allowed on some kinds, or on some paths of the API server.",
    [
      Field("verbs", 1, .strings, "The actions: get, list, watch, create, update, patch, delete; * for all."),
      Field("apiGroups", 2, .strings, "Groups of the kinds; \"\" is the core group."),
      Field("resources", 3, .strings, "The kinds by their plural names, such as services or pods/log."),
      Field("resourceNames", 4, .strings, "Single objects; all if absent."),
      Field("nonResourceURLs", 5, .strings, "Paths that are no objects, such as /healthz."),
    ],
    advice: RBACRules.advice, validation: RBACRules.validateRule)

  package static let aggregationRule = ObjectType(
    .rbac, "AggregationRule", "Chooses the roles whose rules a role collects.",
    [
      Field("clusterRoleSelectors", 1, .objects(.labelSelector), "A role that one of these chooses is collected.")
        .required().rule(.notEmpty)
    ])

  package static let roleBinding = ObjectType(
    .rbac, "RoleBinding", "Who has a role in one namespace.", bindingFields, validation: RBACRules.validateBinding)

  package static let clusterRoleBinding = ObjectType(
    .rbac, "ClusterRoleBinding", "Who has a role everywhere.", bindingFields,
    validation: { binding, path, errors in
      RBACRules.validateBinding(binding, path, &errors)
      if let kind = binding["roleRef"]?["kind"], kind == "Role" {
        errors.append(.notSupported(path.appending("roleRef").appending("kind"), kind, ["ClusterRole"]))
      }
    })

  private static let bindingFields: [Field] = [
    .apiVersion, .kind, .metadata,
    Field("subjects", 2, .objects(.rbacSubject), "Users, groups and accounts that have the role."),
    Field("roleRef", 3, .object(.roleRef), "The role; cannot be changed.").required(),
  ]

  package static let roleRef = ObjectType(
    .rbac, "RoleRef", "Names a role.",
    [
      Field("apiGroup", 1, .string, "Group of its kind.").defaulted(.string(RBACRules.group))
        .rule(.oneOf([RBACRules.group])),
      Field("kind", 2, .string, "Role or ClusterRole.").required().rule(.oneOf(["Role", "ClusterRole"])),
      Field("name", 3, .string, "Its name.").required().rule(.format(.pathSegment)),
    ], atomic: true)

  package static let rbacSubject = ObjectType(
    .rbac, "Subject", "A user, a group or an account.",
    [
      Field("kind", 1, .string, "User, Group or ServiceAccount.").required(),
      Field("apiGroup", 2, .string, "Group of its kind; none for a ServiceAccount."),
      Field("name", 3, .string, "Its name.").required(),
      Field("namespace", 4, .string, "Namespace of a ServiceAccount."),
    ], atomic: true,
    defaulting: { subject in
      if subject["apiGroup"] == nil, subject["kind"] == "User" || subject["kind"] == "Group" {
        subject["apiGroup"] = .string(RBACRules.group)
      }
    },
    validation: RBACRules.validateSubject)
}

/// What is wrong with rules and bindings, in the words of the Kubernetes API server.
enum RBACRules {
  static let group = "rbac.authorization.k8s.io"

  static let advice: @Sendable (String, JSONValue) -> String? = { member, _ in
    switch member {
    case "apiGroup": "a rule names its groups in a list: write apiGroups: [\"\"]"
    case "resource": "a rule names its kinds in a list: write resources: [services]"
    case "verb": "a rule names its actions in a list: write verbs: [get, list, watch]"
    default: nil
    }
  }

  static let validateRule: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = { rule, path, errors in
    func isEmpty(_ member: String) -> Bool { rule[member]?.array?.isEmpty != false }
    if isEmpty("verbs") {
      errors.append(.required(path.appending("verbs"), "verbs must contain at least one value"))
    }
    if !isEmpty("nonResourceURLs") {
      if ["apiGroups", "resources", "resourceNames"].contains(where: { !isEmpty($0) }) {
        errors.append(
          .invalid(
            path.appending("nonResourceURLs"), rule["nonResourceURLs"] ?? [],
            "rules cannot apply to both regular resources and non-resource URLs"))
      }
      return
    }
    if isEmpty("apiGroups") {
      errors.append(
        .required(
          path.appending("apiGroups"), "resource rules must supply at least one api group; the core group is \"\""))
    }
    if isEmpty("resources") {
      errors.append(.required(path.appending("resources"), "resource rules must supply at least one resource"))
    }
  }

  static let validateBinding: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = {
    binding, path, errors in
    // A binding of a namespace does not give an account that it names a namespace.
    for (index, subject) in (binding["subjects"]?.array ?? []).enumerated()
    where subject["kind"] == "ServiceAccount" && (subject["namespace"]?.string ?? "").isEmpty {
      errors.append(.required(path.appending("subjects").appending(index: index).appending("namespace")))
    }
  }

  static let validateSubject: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = {
    subject, path, errors in
    guard let kind = subject["kind"]?.string, !kind.isEmpty else { return }
    let group = subject["apiGroup"]?.string ?? ""
    switch kind {
    case "ServiceAccount":
      if !group.isEmpty { errors.append(.notSupported(path.appending("apiGroup"), .string(group), [""])) }
      if let name = subject["name"]?.string, !name.isEmpty, let problem = ValueFormat.dnsSubdomain.problem(of: name) {
        errors.append(.invalid(path.appending("name"), .string(name), problem))
      }
    case "User", "Group":
      if group != Self.group {
        errors.append(.notSupported(path.appending("apiGroup"), .string(group), [Self.group]))
      }
    default:
      errors.append(.notSupported(path.appending("kind"), .string(kind), ["ServiceAccount", "User", "Group"]))
    }
  }
}
