// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import KubeStore
import Manifests
import Naming
import ServiceLifecycle

/// The start of a cluster as its user sees it: where it is, what was applied, and that it is ready. And the beginning
/// of its end.
struct ClusterStart: ServiceLifecycle.Service {
  let store: ObjectStore
  let names: NameIndex
  let addresses: ClusterAddresses
  let kubeconfig: String
  let documents: [ManifestDocument]
  /// Something about the pods that the user should know; nil for nothing.
  let note: String?

  func run() async throws {
    await cancelWhenGracefulShutdown { await begin() }
    try? await gracefulShutdown()
    if addresses.runtime == "oci" { show("ending the pods, each within its grace period; Ctrl-\\ ends them at once") }
  }

  /// Ends early when the program is told to end.
  private func begin() async {
    show("API  https://127.0.0.1:\(addresses.apiPort)   kubectl --kubeconfig \(kubeconfig.shellWord)")
    show("DNS  127.0.0.1:\(addresses.dnsPort)")
    if let note { show(note) }
    await names.waitUntilSynced()
    if !documents.isEmpty {
      let results = await ManifestApplier(source: store, writer: store).apply(documents)
      for result in results {
        let isFailed = if case .failed = result.outcome { true } else { false }
        show(result.description, to: isFailed ? .standardError : .standardOutput)
      }
      // What kubectl's users are told by the API server.
      let notices = documents.compactMap(\.resource.notice)
      for (index, notice) in notices.enumerated() where notices.firstIndex(of: notice) == index {
        show("Warning: \(notice)", to: .standardError)
      }
    }
    if !Task.isCancelled { show("ready") }
  }

  /// Prints a line at once, also into a pipe or file.
  private func show(_ line: String, to file: FileHandle = .standardOutput) {
    // Nobody may be reading any more, which is no reason to end.
    try? file.write(contentsOf: Data((line + "\n").utf8))
  }
}
