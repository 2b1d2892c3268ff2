// SPDX-License-Identifier: Apache-2.0

/// From which cluster names come, and which of its objects count.
package struct KubernetesSettings: Hashable, Sendable {
  /// Stands for the service account of the pod that this program runs in, in place of a file.
  package static let inCluster = "in-cluster"
  /// Seconds after which an API server that says nothing may be called away: one that has nothing to tell says so about
  /// once a minute.
  static let staleTimes: ClosedRange<Int64> = 120...86_400

  package var isEnabled = false
  /// A file, or ``inCluster``; empty: what kubectl would take.
  package var kubeconfig = ""
  /// Of the file; empty: its current one.
  package var context = ""
  /// Empty: all.
  package var namespaces: [String] = []
  /// Of labels, as kubectl takes them; empty: all.
  package var serviceSelector = ""
  package var namespaceSelector = ""
  /// Seconds without a word of the API server after which the server is not ready, and falls back; 0: never.
  package var staleSeconds: Int64 = 0
  /// Seconds between two comparisons with what the API server has; 0: none.
  package var checkSeconds: Int64 = 1800
  package var usesWatchList = true
  package var usesProtobuf = true

  package init() {}

  /// Whether names are to come from a cluster, as far as settings say it.
  package var isWanted: Bool { isEnabled || !kubeconfig.isEmpty }
}
