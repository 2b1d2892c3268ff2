// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Synchronization

/// Answers names that are not ours: from static names and names with a meaning of their own, from its memory, and by
/// asking upstreams. Takes other settings while it works.
package final class Forwarder: Sendable {
  /// A question for upstreams.
  struct Job: Sendable {
    var key: ForwardKey
    var question: Question
    /// Those of the request.
    var flags: Header.Flags
    var group: UpstreamGroup
    var settings: ForwardingSettings
    /// Whether the flight begins with an answer whose time is over.
    var hasStale = false
    /// An answer is asked for before its end, and nobody waits. Says when somebody does to whom the answer was given
    /// before, and its time is over.
    var prefetch: AsyncStream<Void>?

    var isPrefetch: Bool { prefetch != nil }
  }

  /// Work for which no client waits.
  enum Chore: Sendable {
    /// Find out whether an upstream is there.
    case probe(UpstreamLink)
    /// Find out whether an upstream leads back here.
    case checkLoop(UpstreamLink)
  }

  struct Tallies: Sendable {
    var allDown = 0
    var staticAnswers = 0
    var specialAnswers = 0
    var refused = 0
  }

  struct State {
    var plan: ForwardPlan
    var links: [Upstream: UpstreamLink]
  }

  /// Octets that an answer over UDP has at most.
  let payloadSize: Atomic<Int>
  let logger: Logger
  let time: ForwardTime
  private let isSelf: @Sendable (Upstream) -> Bool
  /// Held for moments only: threads that answer wait for it.
  let state: Mutex<State>
  /// Other settings are taken one after another.
  private let updates = Mutex(())
  let cache: Mutex<ForwardCache>
  let flights = ForwardFlights()
  let loopNames = LoopNames()
  let tallies = Mutex(Tallies())
  private let jobs: AsyncStream<Job>
  let queue: AsyncStream<Job>.Continuation
  private let chores: AsyncStream<Chore>
  let choreQueue: AsyncStream<Chore>.Continuation
  let files: AsyncStream<String?>
  private let fileQueue: AsyncStream<String?>.Continuation

  /// - Parameters:
  ///   - isSelf: tells upstreams that are this server; they are left out.
  ///   - time: what TTLs, deadlines and health checks go by.
  init(
    _ settings: ForwardingSettings, payloadSize: Int, logger: Logger,
    isSelf: @escaping @Sendable (Upstream) -> Bool = { _ in false }, time: ForwardTime = ForwardTime(ContinuousClock())
  ) {
    self.payloadSize = Atomic(payloadSize)
    self.logger = logger
    self.time = time
    self.isSelf = isSelf
    cache = Mutex(ForwardCache(settings.cache))
    // Bounded: jobs by `maximumInFlight`; chores by the number of upstreams; of files only the last counts.
    (jobs, queue) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    (chores, choreQueue) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
    (files, fileQueue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    var links: [Upstream: UpstreamLink] = [:]
    let plan = Self.plan(settings, isSelf, logger, old: [:], links: &links)
    state = Mutex(State(plan: plan, links: links))
    begin(plan, links)
  }

  var plan: ForwardPlan { state.withLock(\.plan) }

  /// Whether any name outside the zone can have an answer.
  package var isOn: Bool { plan.settings.isOn }

  /// Whether there are upstreams.
  var asksOthers: Bool { plan.settings.asksOthers }

  /// Takes other settings. Questions under way end by the old ones; what is remembered stays, unless the cache's own
  /// settings are others, or other servers are asked: what the former ones said is not what these say.
  package func update(_ settings: ForwardingSettings) {
    updates.withLock { _ in take(settings) }
  }

  private func take(_ settings: ForwardingSettings) {
    let (old, oldLinks) = state.withLock { ($0.plan, $0.links) }
    var links: [Upstream: UpstreamLink] = [:]
    // Takes its time for a large file. Static names that are replaced meanwhile are read again by `begin`.
    let plan = Self.plan(settings, isSelf, logger, old: oldLinks, links: &links, after: old)
    state.withLock { $0 = State(plan: plan, links: links) }
    if plan.generation != old.generation || settings.cache != old.settings.cache {
      cache.withLock { $0 = ForwardCache(settings.cache, generation: plan.generation, after: $0) }
    }
    for (upstream, link) in oldLinks where links[upstream] == nil { link.close() }
    begin(plan, links)
  }

  private static func plan(
    _ settings: ForwardingSettings, _ isSelf: (Upstream) -> Bool, _ logger: Logger, old: [Upstream: UpstreamLink],
    links: inout [Upstream: UpstreamLink], after last: ForwardPlan? = nil
  ) -> ForwardPlan {
    func withoutSelf(_ upstreams: [Upstream]) -> [Upstream] {
      upstreams.filter { upstream in
        guard isSelf(upstream) else { return true }
        logger.warning("DNS: \(upstream) is this server; not forwarding to it")
        return false
      }
    }
    var settings = settings
    settings.upstreams = withoutSelf(settings.upstreams)
    settings.fallback = withoutSelf(settings.fallback)
    for index in settings.routes.indices {
      settings.routes[index].upstreams = withoutSelf(settings.routes[index].upstreams)
    }
    let staticNames = StaticNames(reading: settings.staticNames, after: last?.staticNames, logger)
    var generation: UInt32 = 0
    if let last {
      let asksOthers =
        last.settings.upstreams != settings.upstreams || last.settings.fallback != settings.fallback
        || last.settings.routes != settings.routes
      generation = last.generation &+ (asksOthers ? 1 : 0)
    }
    return ForwardPlan(settings, staticNames, generation: generation) { upstream in
      if let link = links[upstream] { return link }
      let link = old[upstream] ?? UpstreamLink(upstream, group: DNSClient.sharedGroup)
      links[upstream] = link
      return link
    }
  }

  private func begin(_ plan: ForwardPlan, _ links: [Upstream: UpstreamLink]) {
    fileQueue.yield(plan.settings.staticNames.file)
    for link in links.values {
      _ = link.setLoop(false)
      if plan.settings.maximumFailures == 0 { link.forgetProbes() }
      if plan.settings.detectsLoops { choreQueue.yield(.checkLoop(link)) }
    }
  }

  func isCurrent(_ link: UpstreamLink) -> Bool { state.withLock { $0.links[link.upstream] === link } }

  /// Takes the static names of a file that has changed, if it is still the one of the settings. What was read for
  /// settings that others have replaced meanwhile is not taken; the file is read again for these.
  func replaceStaticNames(ofFile file: String) {
    var isTaken = false
    while !isTaken {
      let plan = plan
      let settings = plan.settings.staticNames
      guard settings.file == file else { return }
      let staticNames = StaticNames(reading: settings, after: plan.staticNames, logger)
      isTaken = state.withLock { state in
        guard state.plan.settings.staticNames == settings else { return false }
        state.plan = ForwardPlan(state.plan, staticNames: staticNames)
        return true
      }
    }
  }

  /// Works until `finish`; returns when every question that was taken has its answer.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.watchStaticNames() }
      group.addTask {
        await withDiscardingTaskGroup { group in
          for await chore in self.chores { group.addTask { await self.work(on: chore) } }
        }
      }
      await withDiscardingTaskGroup { group in
        for await job in jobs { group.addTask { await self.work(on: job) } }
      }
      group.cancelAll()
    }
    for link in state.withLock(\.links).values { link.close() }
  }

  /// Takes no more questions.
  func finish() { queue.finish() }
}
