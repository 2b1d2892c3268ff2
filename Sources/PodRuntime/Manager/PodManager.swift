// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Logging
import ServiceLifecycle
import Synchronization

/// Runs the pods of the node: what a kubelet does.
///
/// On graceful shutdown every pod is stopped with its own grace; the objects stay, and the next run starts them again.
/// If the process is killed, the containers go on, and the next run takes them over.
package struct PodManager: ServiceLifecycle.Service {
  /// Workers by the uids of their pods.
  private final class Workers: Sendable {
    let byUID = Mutex<[String: PodWorker]>([:])

    subscript(_ uid: String) -> PodWorker? { byUID.withLock { $0[uid] } }
    var all: [PodWorker] { byUID.withLock { Array($0.values) } }
  }

  private let source: any ObjectSource
  private let nodeName: String
  private let environment: PodWorker.Environment

  init(
    source: any ObjectSource, writer: any ObjectWriter, backend: any PodBackend, nodeName: String,
    now: @escaping @Sendable () -> Timestamp, logger: Logger
  ) {
    self.source = source
    self.nodeName = nodeName
    environment = PodWorker.Environment(
      backend: backend, writer: writer,
      recorder: EventRecorder(source: source, writer: writer, nodeName: nodeName, now: now, logger: logger), now: now,
      logger: logger)
  }

  /// - Throws: where the node is lost and pods can run no longer.
  package func run() async throws(RuntimeError) {
    let workers = Workers()
    await environment.recorder.takeOver()
    let changes = source.changes(of: [.pods, .configMaps, .secrets, .persistentVolumeClaims])
    let failure = await withTaskGroup(of: RuntimeError?.self) { group in
      group.addTask { [environment] in
        do throws(RuntimeError) {
          try await environment.backend.watchEnds { id, end in
            guard let worker = workers[id.pod] else { return false }
            worker.post(.ended(name: id.name, end))
            return true
          }
          return nil
        } catch {
          changes.finish()
          return error
        }
      }
      await withGracefulShutdownHandler {
        await runPods(changes, workers)
      } onGracefulShutdown: {
        changes.finish()
      }
      group.cancelAll()
      return await group.next() ?? nil
    }
    await environment.backend.close()
    if let failure { throw failure }
  }

  private func runPods(_ changes: ObjectChanges, _ workers: Workers) async {
    await withDiscardingTaskGroup { group in
      for await batch in changes {
        for change in batch {
          switch change {
          case .updated(let object) where object.resource == .pods: take(Pod(object), workers, &group)
          case .deleted(let object) where object.resource == .pods:
            if let worker = workers[object.metadata.uid] {
              worker.forget()
            } else {
              // A pod that had ended before this run of the program, or whose worker has just left.
              group.addTask { await removeLeftover(object.metadata.uid) }
            }
          case .updated: for worker in workers.all { worker.post(.configurationChanged) }
          case .deleted: break
          case .synced: group.addTask { await removeLeftovers(workers) }
          }
        }
      }
      for worker in workers.all { worker.shutDown() }
    }
  }

  private func take(_ pod: Pod, _ workers: Workers, _ group: inout DiscardingTaskGroup) {
    let uid = pod.metadata.uid
    if let worker = workers[uid] { return worker.update(pod) }
    guard pod.nodeName == nodeName else { return }
    // A pod that has ended is not run again; one of them that is to go has nothing left here.
    if pod.hasEnded, !pod.metadata.isBeingDeleted { return }
    let worker = PodWorker(pod, environment)
    workers.byUID.withLock { $0[uid] = worker }
    group.addTask {
      await worker.run()
      workers.byUID.withLock { $0[uid] = nil }
    }
  }

  /// Takes away what pods have left whose objects went while no program ran.
  private func removeLeftovers(_ workers: Workers) async {
    for uid in environment.backend.leftovers() where workers[uid] == nil {
      if source.objects(.pods, namespace: nil).contains(where: { $0.metadata.uid == uid }) { continue }
      await remove(uid)
    }
  }

  private func removeLeftover(_ uid: String) async {
    if environment.backend.leftovers().contains(uid) { await remove(uid) }
  }

  private func remove(_ uid: String) async {
    do {
      try await environment.backend.remove(uid: uid)
    } catch {
      environment.logger.warning("what is left of pod \(uid) cannot be removed: \(error)")
    }
  }
}
