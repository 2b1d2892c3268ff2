// SPDX-License-Identifier: Apache-2.0
import Naming

extension ClusterReflector {
  /// Why what is known cannot be relied on; `nil` where it can.
  /// - Parameter limit: how long the API server may say nothing; `nil`: for ever.
  package func problem(staleAfter limit: Duration?) -> String? {
    guard names.index.snapshot.isSynced else { return waitingText }
    guard let limit, let silence = staleness, silence >= limit else { return nil }
    let (found, allowed) = (silence.components.seconds, limit.components.seconds)
    return "the API server was last heard of \(found) s ago; \(allowed) s are allowed"
  }

  private var waitingText: String {
    let missing = kinds.filter { kind in reflectors.contains { $0.scope.kind == kind && !$0.status.isComplete } }
    return "not all objects are known yet: \(missing.map(\.rawValue).joined(separator: ", ")) are to come"
  }

  /// Tells whenever what is known comes to be relied on, or no longer is, until the task is cancelled.
  package func followTrust(staleAfter limit: Duration?, _ tell: @Sendable (_ isTrusted: Bool) -> Void) async {
    tell(false)
    await names.index.waitUntilSynced()
    var isTrusted = false
    while !Task.isCancelled {
      let silence = staleness ?? .zero
      let isGood = limit.map { silence < $0 } ?? true
      if isGood != isTrusted {
        isTrusted = isGood
        tell(isGood)
      }
      guard let limit else { return }
      // While it is away, looked at again and again: nothing tells of the first word but the word itself.
      try? await time.sleep(isGood ? limit - silence : Self.returnInterval)
    }
  }

  /// How soon it is seen that the API server is back.
  private static let returnInterval = Duration.seconds(1)
}
