// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Synchronization

extension Forwarder {
  /// Asks upstreams, and gives everyone who waits the answer.
  func work(on job: Job) async {
    let answer: ForwardedAnswer
    if job.hasStale || job.isPrefetch {
      answer = await withTaskGroup(of: Void.self) { group in
        group.addTask { await self.giveStaleInTime(job) }
        let answer = await ask(job)
        group.cancelAll()
        return answer
      }
    } else {
      answer = await ask(job)
    }
    settle(job, answer)
  }

  private func settle(_ job: Job, _ answer: ForwardedAnswer) {
    let now = time.now()
    let isFailure = answer.kind == .failure
    let hasStale = flights.hasStale(job.key)
    cache.withLock { cache in
      if isFailure, hasStale {
        cache.refreshFailed(job.key, at: now)
      } else if isFailure, job.isPrefetch {
        cache.prefetchFailed(job.key)
      } else {
        cache.store(answer, for: job.key, at: now)
      }
    }
    let (waiters, stale) = flights.end(job.key)
    if isFailure, let stale {
      give(stale, to: waiters, of: job)
    } else {
      for waiter in waiters { waiter.give(answer) }
    }
  }

  /// Whoever waits longer than is good for a client gets the old answer; the new one is for the next.
  private func giveStaleInTime(_ job: Job) async {
    if let prefetch = job.prefetch {
      var staleWaits = prefetch.makeAsyncIterator()
      guard await staleWaits.next() != nil else { return }
    }
    do { try await time.sleep(job.settings.cache.staleWaitMilliseconds) } catch { return }
    let (waiters, stale) = flights.takeWaiters(job.key)
    if let stale { give(stale, to: waiters, of: job) }
  }

  private func give(_ stale: ServedAnswer, to waiters: [ForwardWaiter], of job: Job) {
    guard !waiters.isEmpty else { return }
    let now = time.now()
    cache.withLock { cache in
      for _ in waiters { cache.countServedStale() }
      // Those who come while the upstreams are still silent need not wait.
      cache.refreshFailed(job.key, at: now)
    }
    for waiter in waiters { waiter.give(stale) }
  }

  /// Goes from upstream to upstream until one has an answer.
  /// - Returns: the answer, or the last upstream's failure.
  private func ask(_ job: Job) async -> ForwardedAnswer {
    let deadline = time.now() + job.settings.deadlineMilliseconds
    var round = UpstreamRound(job.group.order())
    if round.areAllDown { tallies.withLock { $0.allDown += 1 } }
    var last = ForwardedAnswer.silence(job.question, limits: job.settings.cache)
    for _ in 0..<job.settings.maximumTries {
      guard time.now() < deadline, !Task.isCancelled, let link = round.nextLink() else { break }
      guard let answer = await attempt(job, link, until: deadline) else { continue }
      if answer.kind != .failure { return answer }
      last = answer
    }
    logger.debug("no upstream answered", metadata: ["name": "\(job.question.name)", "type": "\(job.question.type)"])
    return last
  }

  /// One try at one upstream; `nil` if nothing came that makes sense.
  private func attempt(_ job: Job, _ link: UpstreamLink, until deadline: Int64) async -> ForwardedAnswer? {
    let start = time.microseconds()
    link.asked()
    do {
      let message = try await link.ask(
        job.question, job.flags, job.settings,
        timeoutMilliseconds: min(job.settings.timeoutMilliseconds, deadline - time.now()))
      let code = message.responseCode
      note(link.answered(code, microseconds: time.microseconds() - start), of: link)
      guard code == .noError || code == .nameError else {
        return .failure(code.rawValue < 16 ? code : .serverFailure, to: job.question, limits: job.settings.cache)
      }
      let wantsAll = job.flags.contains(.recursionDesired)
      guard let records = AnswerCheck(message, job.question, recursionDesired: wantsAll) else {
        link.answeredBadly()
        logger.debug("\(link.upstream): the answer is not to the question", metadata: ["name": "\(job.question.name)"])
        return nil
      }
      return ForwardedAnswer(
        code, to: job.question, answers: records.answers, authorities: records.authorities,
        isCut: message.header.flags.contains(.truncated), limits: job.settings.cache)
    } catch {
      if Task.isCancelled { return nil }
      logger.debug("forwarding: \(error)", metadata: ["name": "\(job.question.name)"])
      if case .unreadable = error {
        link.answeredBadly()
        return nil
      }
      if link.failed(isProbed: job.settings.maximumFailures > 0) { choreQueue.yield(.probe(link)) }
      return nil
    }
  }
}
