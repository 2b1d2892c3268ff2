// SPDX-License-Identifier: Apache-2.0

// Kinds that say what is allowed. On one machine nobody enforces them: they are kept, so that manifests can be written,
// checked and shown here, and have their effect on a cluster.
extension APIResource {
  package static let roles = APIResource(
    group: "rbac.authorization.k8s.io", version: "v1", kind: "Role", plural: "roles", type: .role,
    nameFormat: .pathSegment, columns: TableColumn.roles, notice: rbacNotice)

  package static let clusterRoles = APIResource(
    group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRole", plural: "clusterroles",
    isNamespaced: false, type: .clusterRole, nameFormat: .pathSegment, columns: TableColumn.roles, notice: rbacNotice)

  package static let roleBindings = APIResource(
    group: "rbac.authorization.k8s.io", version: "v1", kind: "RoleBinding", plural: "rolebindings",
    type: .roleBinding, nameFormat: .pathSegment, columns: TableColumn.roleBindings, notice: rbacNotice)

  package static let clusterRoleBindings = APIResource(
    group: "rbac.authorization.k8s.io", version: "v1", kind: "ClusterRoleBinding", plural: "clusterrolebindings",
    isNamespaced: false, type: .clusterRoleBinding, nameFormat: .pathSegment, columns: TableColumn.roleBindings,
    notice: rbacNotice)

  private static let rbacNotice = "roles are stored here, not enforced: whoever has the kubeconfig may do everything"

  package static let podDisruptionBudgets = APIResource(
    group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", shortNames: ["pdb"],
    type: .podDisruptionBudget, hasStatus: true, columns: TableColumn.podDisruptionBudgets,
    notice: "a PodDisruptionBudget is stored here, and has no effect: there is one node, and nothing drains it")

  package static let networkPolicies = APIResource(
    group: "networking.k8s.io", version: "v1", kind: "NetworkPolicy", plural: "networkpolicies",
    shortNames: ["netpol"], type: .networkPolicy, columns: TableColumn.networkPolicies,
    notice: "a NetworkPolicy is stored here, not enforced: every pod reaches every other")

  package static let priorityClasses = APIResource(
    group: "scheduling.k8s.io", version: "v1", kind: "PriorityClass", plural: "priorityclasses", shortNames: ["pc"],
    isNamespaced: false, type: .priorityClass, columns: TableColumn.priorityClasses,
    notice: "a PriorityClass is stored here, and has no effect: there is one node, and no pod displaces another")
}
