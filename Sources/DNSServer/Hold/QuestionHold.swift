// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming
import Synchronization

/// Questions for names that are about to exist: they wait for a while, instead of a "no" that clients remember.
///
/// A pod asks for its neighbour as soon as it runs, which may be some milliseconds before the neighbour is ready. Told
/// that there is no such name, many clients do not ask again for seconds.
final class QuestionHold: Sendable {
  private struct Job: Sendable {
    var question: HeldQuestion
    var reply: @Sendable ([UInt8]) -> Void
  }

  private let settings: Mutex<HoldSettings>
  private let index: NameIndex
  private let directory: PodDirectory
  private let clock: any Clock<Duration>
  private let waiting = Atomic<Int>(0)
  private let jobs: AsyncStream<Job>
  private let queue: AsyncStream<Job>.Continuation

  /// - Parameter directory: which names are to come.
  init(_ settings: HoldSettings, index: NameIndex, directory: PodDirectory, clock: any Clock<Duration>) {
    self.settings = Mutex(settings)
    self.index = index
    self.directory = directory
    self.clock = clock
    // Bounded by `maximumQuestions`, which counts what waits here too.
    (jobs, queue) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
  }

  /// Takes other settings; questions that wait already go by the former ones.
  func update(_ settings: HoldSettings) { self.settings.withLock { $0 = settings } }

  /// Whether a question that has no answer in `snapshot` is for a name that is about to exist.
  func isWorthwhile(_ name: borrowing QueryName, in snapshot: NameSnapshot) -> Bool {
    settings.withLock { $0.milliseconds } > 0 && snapshot.isAwaited(name, by: directory)
  }

  /// Takes a question and calls `reply` once, on another thread. At the limit it takes none and gives false.
  func hold(_ question: HeldQuestion, reply: @escaping @Sendable ([UInt8]) -> Void) -> Bool {
    let count = waiting.add(1, ordering: .relaxed).newValue
    guard count <= settings.withLock({ $0.maximumQuestions }),
      case .enqueued = queue.yield(Job(question: question, reply: reply))
    else {
      waiting.subtract(1, ordering: .relaxed)
      return false
    }
    return true
  }

  /// Works until `finish`; returns when every question that was taken has its answer.
  func run() async {
    await withDiscardingTaskGroup { group in
      for await job in jobs {
        group.addTask {
          await self.wait(for: job.question)
          self.waiting.subtract(1, ordering: .relaxed)
          job.reply(job.question.reply(from: self.index.snapshot))
        }
      }
    }
  }

  /// Takes no more questions.
  func finish() { queue.finish() }

  /// Returns when the name exists, or the time is up.
  private func wait(for question: HeldQuestion) async {
    let time = Duration.milliseconds(settings.withLock { $0.milliseconds })
    await withTaskGroup(of: Void.self) { [clock, index] group in
      group.addTask { try? await clock.sleep(for: time) }
      group.addTask { await index.wait { $0.hasName(question.name) } }
      await group.next()
      group.cancelAll()
    }
  }
}
