// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// When the API server last said something within one exchange, whatever it was: a refusal is a word too.
final class LastWord: Sendable {
  private let last: Mutex<Duration>

  init(at start: Duration) { last = Mutex(start) }

  var time: Duration { last.withLock { $0 } }

  func heard(at time: Duration) { last.withLock { $0 = time } }
}
