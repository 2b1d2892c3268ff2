// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Logging
import Synchronization

/// Asks upstreams for names that are not ours: the next one where one fails, TCP where an answer was cut, and its own
/// memory first.
final class Forwarder: Sendable {
  private struct Job: Sendable {
    var question: ForwardQuestion
    var reply: @Sendable ([UInt8]) -> Void
  }

  private let settings: ForwardingSettings
  private let payloadSize: Int
  private let logger: Logger
  private let client = DNSClient()
  private let cache: Mutex<ForwardCache>
  private let inFlight = Atomic<Int>(0)
  /// The upstream that answered last: asked first.
  private let preferred = Atomic<Int>(0)
  private let jobs: AsyncStream<Job>
  private let queue: AsyncStream<Job>.Continuation

  init(_ settings: ForwardingSettings, payloadSize: Int, logger: Logger) {
    self.settings = settings
    self.payloadSize = payloadSize
    self.logger = logger
    cache = Mutex(ForwardCache(settings))
    // Bounded by `maximumInFlight`, which counts what waits here too.
    (jobs, queue) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
  }

  var isOn: Bool { !settings.upstreams.isEmpty }

  /// Takes a question and calls `reply` once, here or on another thread. At the limit the answer is SERVFAIL.
  func forward(_ question: ForwardQuestion, reply: @escaping @Sendable ([UInt8]) -> Void) {
    let known = cache.withLock { $0.answer(question.question, at: .now) }
    if let known {
      reply(question.reply(known, payloadSize: payloadSize))
      return
    }
    let count = inFlight.add(1, ordering: .relaxed).newValue
    guard count <= settings.maximumInFlight, case .enqueued = queue.yield(Job(question: question, reply: reply)) else {
      inFlight.subtract(1, ordering: .relaxed)
      reply(question.reply(.failure, payloadSize: payloadSize))
      return
    }
  }

  /// Works until `finish`; returns when every question that was taken has its answer.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await job in jobs {
        group.addTask {
          let answer = await self.answer(job.question)
          self.inFlight.subtract(1, ordering: .relaxed)
          job.reply(job.question.reply(answer, payloadSize: self.payloadSize))
        }
      }
    }
  }

  /// Takes no more questions.
  func finish() { queue.finish() }

  private func answer(_ question: ForwardQuestion) async -> ForwardedAnswer {
    let first = preferred.load(ordering: .relaxed)
    let tries = min(settings.maximumTries, 2 * settings.upstreams.count)
    var last = ForwardedAnswer.failure
    for attempt in 0..<tries {
      let index = (first + attempt) % settings.upstreams.count
      let upstream = settings.upstreams[index]
      do {
        let message = try await client.query(
          question.question, at: upstream, timeoutMilliseconds: settings.timeoutMilliseconds,
          recursionDesired: question.flags.contains(.recursionDesired))
        let answer = ForwardedAnswer(message)
        guard answer.responseCode == .noError || answer.responseCode == .nameError else {
          last = ForwardedAnswer(responseCode: answer.responseCode)
          continue
        }
        preferred.store(index, ordering: .relaxed)
        cache.withLock { $0.store(answer, for: question.question, at: .now) }
        return answer
      } catch {
        logger.debug("forwarding: \(error)", metadata: ["name": "\(question.question.name)"])
      }
    }
    logger.debug(
      "no upstream answered", metadata: ["name": "\(question.question.name)", "type": "\(question.question.type)"])
    return last
  }
}
