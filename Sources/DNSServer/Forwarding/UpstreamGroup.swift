// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Upstreams of which any may be asked for the same names.
final class UpstreamGroup: Sendable {
  private let links: [UpstreamLink]
  private let policy: UpstreamPolicy
  private let turn = Atomic<Int>(0)

  init(_ links: [UpstreamLink], _ policy: UpstreamPolicy) {
    self.links = links
    self.policy = policy
  }

  /// Its upstreams, in the order of the settings.
  var upstreams: [Upstream] { links.map(\.upstream) }

  /// None of them is thought to answer.
  var isDown: Bool { links.allSatisfy { $0.isDown || $0.isLoop } }

  /// The upstreams in the order in which one question goes round them. Those that lead back here are not among them.
  func order() -> [UpstreamLink] {
    let usable = links.filter { !$0.isLoop }
    guard usable.count > 1 else { return usable }
    switch policy {
    case .sequential:
      return usable
    case .random:
      return usable.shuffled()
    case .roundRobin:
      let first = Int(truncatingIfNeeded: UInt(bitPattern: turn.wrappingAdd(1, ordering: .relaxed).oldValue)
        % UInt(usable.count))
      return Array(usable[first...] + usable[..<first])
    }
  }
}

/// Goes round the upstreams of one question: from one that is healthy to the next that is. If all are down the marks
/// may be wrong, so each is tried.
struct UpstreamRound {
  private let order: [UpstreamLink]
  private var next = 0

  init(_ order: [UpstreamLink]) { self.order = order }

  var areAllDown: Bool { order.allSatisfy(\.isDown) }

  mutating func nextLink() -> UpstreamLink? {
    if order.isEmpty { return nil }
    for step in 0..<order.count {
      let index = (next + step) % order.count
      if order[index].isDown { continue }
      next = index + 1
      return order[index]
    }
    next += 1
    return order[(next - 1) % order.count]
  }
}
