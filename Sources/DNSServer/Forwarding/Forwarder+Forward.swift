// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Synchronization

extension Forwarder {
  /// Takes a question and calls `reply` once, here or on another thread.
  func forward(_ question: ForwardQuestion, reply: @escaping @Sendable ([UInt8]) -> Void) {
    let plan = plan
    var question = question
    question.isParent = plan.isParent(question.question.name)
    let waiter = ForwardWaiter(
      question: question, payloadSize: payloadSize.load(ordering: .relaxed), reply: reply,
      goOn: { self.forward($0, reply: reply) })
    if let link = loopNames.link(of: question.question) {
      if link.setLoop(true) {
        logger.error("DNS: \(link.upstream) leads back to this server; not forwarding to it")
      }
      waiter.give(.refused(question.question))
      return
    }
    if question.isFallback {
      // Where there is an answer, nobody waits for those that do not answer anyway.
      if let group = plan.fallback, question.lastResort == nil || !group.isDown {
        return ask(waiter, group, by: plan)
      }
      return waiter.give(.failure(to: question.question, limits: plan.settings.cache))
    }
    switch plan.decide(question.question) {
    case .fixed(let answer):
      tallies.withLock { $0.staticAnswers += 1 }
      waiter.give(answer)
    case .special(let answer):
      tallies.withLock { $0.specialAnswers += 1 }
      waiter.give(answer)
    case .refuse:
      tallies.withLock { $0.refused += 1 }
      waiter.give(.refused(question.question))
    case .ask(let group):
      ask(waiter, group, by: plan)
    }
  }

  private func ask(_ waiter: ForwardWaiter, _ group: UpstreamGroup, by plan: ForwardPlan) {
    let settings = plan.settings
    let question = waiter.question
    let flags = question.flags.intersection([.recursionDesired, .checkingDisabled])
    let key = ForwardKey(
      question.question, flags, isFallback: question.isFallback, generation: plan.generation)
    let now = time.now()
    let finding = cache.withLock { cache in
      let finding = cache.find(key, at: now)
      if finding?.isStale == true, finding?.isDirect == true { cache.countServedStale() }
      return finding
    }
    var job = Job(key: key, question: question.question, flags: flags, group: group, settings: settings)
    if let finding, !finding.isStale || finding.isDirect {
      waiter.give(finding.served)
      if finding.wantsPrefetch, let staleWaits = flights.begin(key, limit: settings.maximumInFlight) {
        job.prefetch = staleWaits
        enqueue(job)
      }
      return
    }
    let stale = finding?.served
    job.hasStale = stale != nil
    switch flights.join(key, waiter, stale: stale, limit: settings.maximumInFlight) {
    case .joined:
      break
    case .begun:
      enqueue(job)
    case .refused:
      if stale != nil { cache.withLock { $0.countServedStale() } }
      waiter.give(stale ?? ServedAnswer(answer: .failure(
        settings.overloadAnswer.code, to: question.question, limits: settings.cache)))
    }
  }

  /// After `finish` there is nobody who would work on it.
  private func enqueue(_ job: Job) {
    if case .enqueued = queue.yield(job) { return }
    for waiter in flights.end(job.key).waiters {
      waiter.give(.failure(to: job.question, limits: job.settings.cache))
    }
  }
}
