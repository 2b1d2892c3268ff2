// SPDX-License-Identifier: Apache-2.0
package import KubeModel
package import Logging
import ServiceLifecycle

/// Runs reconcilers over one feed of changes.
///
/// No reconciler starts before the source has delivered its initial state. On graceful shutdown no new work begins and
/// what is in work ends.
package struct ControllerManager<C: Clock>: ServiceLifecycle.Service where C.Duration == Duration {
  private let source: any ObjectSource
  private let controllers: [Controller<C>]

  /// - Parameter clock: measures delays and back-off.
  package init(
    source: any ObjectSource, reconcilers: [any Reconciler], clock: C, retry: RetryPolicy = RetryPolicy(),
    logger: Logger
  ) {
    self.source = source
    controllers = reconcilers.map { Controller($0, clock: clock, retry: retry, logger: logger) }
  }

  package func run() async {
    let byResource = controllersByResource()
    let changes = source.changes(of: Array(byResource.keys))
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { group in
        var memories = [KeyMemory](repeating: KeyMemory(), count: controllers.count)
        var isStarted = false
        for await batch in changes {
          var work = [[ObjectKey]](repeating: [], count: controllers.count)
          var isSynced = false
          for change in batch {
            let (object, isDeleted): (KubeObject, Bool)
            switch change {
            case .updated(let updated): (object, isDeleted) = (updated, false)
            case .deleted(let deleted): (object, isDeleted) = (deleted, true)
            case .synced:
              isSynced = true
              continue
            }
            for index in byResource[object.resource] ?? [] {
              let keys = controllers[index].reconciler.keys(for: object, isDeleted: isDeleted)
              work[index] += memories[index].update(object, isDeleted: isDeleted, current: keys)
            }
          }
          for (controller, keys) in zip(controllers, work) where !keys.isEmpty { controller.enqueue(keys) }
          if isSynced, !isStarted {
            isStarted = true
            for controller in controllers { group.addTask { await controller.run() } }
          }
        }
        for controller in controllers { controller.close() }
      }
    } onGracefulShutdown: {
      changes.finish()
    }
  }

  /// The indices of the controllers that watch each kind.
  private func controllersByResource() -> [APIResource: [Int]] {
    var byResource: [APIResource: [Int]] = [:]
    for (index, controller) in controllers.enumerated() {
      for resource in controller.reconciler.watches { byResource[resource, default: []].append(index) }
    }
    return byResource
  }
}
