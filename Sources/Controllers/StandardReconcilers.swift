// SPDX-License-Identifier: Apache-2.0

/// The reconcilers of a whole cluster on one machine.
package enum StandardReconcilers {
  package static func all(_ cluster: ClusterAccess, configuration: ClusterConfiguration) -> [any Reconciler] {
    [
      SystemNamespacesReconciler(cluster),
      SystemServicesReconciler(cluster, configuration: configuration),
      NodeReconciler(cluster, configuration: configuration),
      NamespaceDefaultsReconciler(cluster, configuration: configuration),
      EndpointSliceReconciler(cluster),
      EndpointsReconciler(cluster),
      EndpointSliceMirroringReconciler(cluster),
      StatefulSetReconciler(cluster),
      DeploymentReconciler(cluster),
      ReplicaSetReconciler(cluster),
      DaemonSetReconciler(cluster),
      PersistentVolumeClaimReconciler(cluster),
      NamespaceReconciler(cluster),
      GarbageCollector(cluster),
    ]
  }
}
