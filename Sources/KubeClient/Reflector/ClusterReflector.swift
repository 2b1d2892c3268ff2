// SPDX-License-Identifier: Apache-2.0
package import Logging
package import Naming
import Synchronization

/// Keeps names in step with an API server: a reflector for each kind, and for each namespace where they are chosen.
package final class ClusterReflector: Sendable {
  package let names: ReflectedNames
  package let kinds: [FollowedKind]
  let reflectors: [Reflector]
  let time: ReflectorTime
  /// Reflectors whose first list is not whole yet.
  private let waiting: Mutex<Int>

  /// - Parameters:
  ///   - kinds: those that names are to be made of.
  ///   - time: what waits and ages go by.
  package init(
    _ kinds: [FollowedKind], transport: any APITransport, names: ReflectedNames, settings: ReflectorSettings,
    time: ReflectorTime = ReflectorTime(ContinuousClock()), logger: Logger
  ) {
    self.names = names
    self.kinds = kinds
    self.time = time
    let (returns, doubts) = (SharedSignal(), SharedDoubts())
    reflectors = settings.scopes(kinds).map {
      Reflector(
        $0, transport: transport, names: names, settings: settings, time: time, returns: returns, doubts: doubts,
        logger: logger)
    }
    waiting = Mutex(reflectors.count)
  }

  /// The kinds that names need: no more is asked for.
  package static func kinds(
    _ settings: NamingSettings, holdsQuestions: Bool, completesNames: Bool
  ) -> [FollowedKind] {
    var kinds: [FollowedKind] = [.namespaces, .services, .endpointSlices]
    if settings.podNames == .verified || holdsQuestions || completesNames { kinds.append(.pods) }
    if holdsQuestions { kinds.append(.statefulSets) }
    return kinds
  }

  /// Works until the task is cancelled.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      for reflector in reflectors {
        let isFirst = Mutex(true)
        group.addTask {
          await reflector.run {
            let wasFirst = isFirst.withLock { isFirst in
              defer { isFirst = false }
              return isFirst
            }
            if wasFirst { self.countComplete() }
          }
        }
      }
    }
  }

  private func countComplete() {
    let left = waiting.withLock { waiting in
      waiting -= 1
      return waiting
    }
    if left == 0 { names.index.apply(facts: [.synced]) }
  }

  /// The time since the API server was last heard of, by the kind for which that is longest ago; `nil` where it was
  /// never heard of.
  package var staleness: Duration? {
    let now = time.now()
    var longest = Duration.zero
    for reflector in reflectors {
      guard let heard = reflector.status.current.lastHeard else { return nil }
      longest = max(longest, now - heard)
    }
    return longest
  }
}
