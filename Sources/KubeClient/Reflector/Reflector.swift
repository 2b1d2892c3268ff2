// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Logging
import NIOCore
import Synchronization

/// Keeps what is known of one kind of objects in step with an API server: carries out what `ReflectorMachine` decides.
///
/// Whatever happens, nothing is removed before a list is whole: then what is known and not in it goes. An object is
/// taken whole or not at all.
package final class Reflector: Sendable {
  /// Objects of a list that are applied together.
  static let batchSize = 2048
  /// Answers that are shorter than this, and say nothing, were of no use.
  static let shortWatch = Duration.seconds(1)

  package let scope: FollowedScope
  let transport: any APITransport
  let names: ReflectedNames
  let settings: ReflectorSettings
  let time: ReflectorTime
  let logger: Logger
  let status = ReflectorStatus()
  /// The server answers somebody again that it did not answer before. Shared by all reflectors of a server, so that
  /// none waits on for itself.
  let returns: SharedSignal
  let schedule: CheckSchedule
  let doubts: SharedDoubts
  /// The objects of the list that is being read.
  let seen = Mutex(SeenNames())
  /// The comparison that is under way. Locked while changes are applied, so that it sees them in one order.
  let check = Mutex<ReflectorCheck?>(nil)

  init(
    _ scope: FollowedScope, transport: any APITransport, names: ReflectedNames, settings: ReflectorSettings,
    time: ReflectorTime, returns: SharedSignal = SharedSignal(), doubts: SharedDoubts = SharedDoubts(), logger: Logger
  ) {
    self.scope = scope
    self.transport = transport
    self.names = names
    self.settings = settings
    self.time = time
    self.returns = returns
    schedule = CheckSchedule(settings.checkInterval, time)
    self.doubts = doubts
    doubts.add(schedule)
    var logger = logger
    logger[metadataKey: "kind"] = "\(scope.kind.rawValue)"
    if let namespace = scope.namespace { logger[metadataKey: "namespace"] = "\(namespace)" }
    self.logger = logger
  }

  /// Works until the task is cancelled.
  /// - Parameter onComplete: called each time that all objects are known.
  func run(onComplete: @escaping @Sendable () -> Void) async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.follow(onComplete) }
      group.addTask { await self.checkAgainAndAgain() }
    }
  }

  private func follow(_ onComplete: @escaping @Sendable () -> Void) async {
    var machine = ReflectorMachine(settings, random: time.random)
    // Those before the last request are no news.
    var known = returns.count
    while !Task.isCancelled {
      let step = machine.next()
      if step.isRequest { known = returns.count }
      switch step {
      case .wait(let duration):
        logger.debug("trying again in \(duration)")
        try? await time.sleep(duration)
      case .waitForAnswer(let duration):
        logger.debug("trying again in \(duration), or when another kind is answered")
        if await returns.sleep(duration, time, since: known) { machine.wasWoken() }
      case .list(let list):
        if list.continueToken.isEmpty { begin() }
        let prefersJSON = machine.prefersJSON
        switch await untilSilent(settings.listSilence, { await self.read(list, prefersJSON: prefersJSON, $0) }) {
        case .success(let end):
          let reason = machine.reason
          if machine.listed(end) { complete(at: end.version, reason, onComplete) }
        case .failure(let failure):
          note(failure.failure, "list")
          machine.listFailed(failure.failure)
        }
      case .watch(let watch):
        machine.watchEnded(await self.follow(watch, machine, onComplete))
      }
    }
  }

  private func follow(
    _ watch: ReflectorMachine.Watch, _ machine: ReflectorMachine, _ onComplete: @escaping @Sendable () -> Void
  ) async -> ReflectorMachine.WatchEnd {
    if watch.isInitial { begin() } else { status.update { $0.watches += 1 } }
    let progress = WatchProgress(
      isComplete: !watch.isInitial, from: watch.isInitial ? 0 : watch.version ?? 0, since: time.now())
    let (prefersJSON, reason) = (machine.prefersJSON, machine.reason)
    let failure = await untilSilent({
      progress.isComplete ? self.settings.watchSilence : self.settings.listSilence
    }) { word in
      await self.read(watch, prefersJSON: prefersJSON, progress, word) { self.complete(at: $0, reason, onComplete) }
    }
    let end = progress.end(failure, at: time.now())
    status.closed(end)
    switch end.failure {
    case nil where end.isEmpty && !Task.isCancelled:
      status.count(error: "empty")
      logger.log(
        level: end.isShort || watch.isInitial ? .warning : .info,
        """
        watch: the API server, or something on the way, ended it \
        \(watch.isInitial ? "before all was told; going on with lists" : "and told nothing")
        """)
    case nil: break
    case .refused(let refusal) where !progress.isComplete && ReflectorMachine.endsWatchList(refusal):
      status.count(error: ReflectorMachine.Failure.refused(refusal).word)
      logger.info(
        "the API server does not send what there is in a watch; going on with lists",
        metadata: ["answer": "\(refusal)"])
    case .some(let failure): note(failure, "watch")
    }
    return end
  }

  /// A list begins.
  private func begin() {
    seen.withLock { $0 = SeenNames() }
    check.withLock { check in
      check = nil
      status.update { $0.isWatching = false }
    }
  }

  /// All objects have been told: what is known and was not told goes.
  private func complete(at version: UInt64, _ reason: ReflectorMachine.Reason, _ onComplete: () -> Void) {
    let seen = seen.withLock { seen in
      defer { seen = SeenNames() }
      return seen
    }
    var removals = names.removals(scope) { seen.contains(namespace: $0, name: $1) }
    let count = removals.count
    names.apply(&removals, isNews: false)
    // Before anybody hears that all is known: who goes by it asks at once for how long nothing was heard.
    status.heard(at: time.now())
    let former = status.version
    status.update {
      $0.version = version
      ($0.isComplete, $0.isWatching) = (true, true)
      $0.lists[reason, default: 0] += 1
    }
    logger.info(
      "all objects are known",
      metadata: ["reason": "\(reason.rawValue)", "objects": "\(seen.count)", "removed": "\(count)"])
    if version < former {
      logger.warning("the API server has gone back, from version \(former) to \(version): was it restored?")
      // Other kinds may not see it, where it has come as far again since.
      doubts.tell(at: time.now())
    }
    onComplete()
    // What a list takes for a moment is not to count for ever.
    Heap.trim()
  }

  private func note(_ failure: ReflectorMachine.Failure, _ what: String) {
    guard !Task.isCancelled else { return }
    status.count(error: failure.word)
    switch failure {
    case .refused(let refusal): logger.warning("\(what) refused: \(refusal)\(advice(refusal))")
    case .silent:
      status.noteAway(since: status.current.lastWord ?? time.now())
      logger.warning("\(what): the API server says nothing any more")
    case .misunderstood: logger.info("the API server does not tell what there is in a watch; going on with lists")
    // Said where it was seen.
    case .disconnected: status.noteAway(since: time.now())
    case .goneBack:
      logger.warning("watch: the API server tells of a version before the one from which changes were asked for")
    case .undecodable, .foreign: break
    }
  }

  private func advice(_ refusal: ServerStatus) -> String {
    switch refusal.code {
    case 401: "; the credentials are not accepted"
    case 403: "; the account needs the verbs list and watch on \(scope.kind.resource.qualifiedPlural)"
    default: ""
    }
  }
}
