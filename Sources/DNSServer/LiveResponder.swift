// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The responder that is in force: replaced while questions are answered. Whoever answers has a copy of its own and
/// looks for a newer one now and then, at the cost of one load.
final class LiveResponder: Sendable {
  private let version = Atomic<Int>(0)
  private let current: Mutex<Responder>

  init(_ responder: Responder) { current = Mutex(responder) }

  /// Puts another in force, made from the present one.
  func replace(_ make: (Responder) -> Responder) {
    current.withLock { $0 = make($0) }
    version.add(1, ordering: .releasing)
  }

  fileprivate var number: Int { version.load(ordering: .acquiring) }

  var value: Responder { current.withLock { $0 } }
}

/// One thread's or connection's copy of the responder.
struct ResponderReader {
  private let live: LiveResponder
  private var number: Int
  private(set) var responder: Responder

  init(_ live: LiveResponder) {
    self.live = live
    // Read first: a responder that comes between is read again, not missed.
    number = live.number
    responder = live.value
  }

  @inline(__always)
  mutating func refresh() {
    let newest = live.number
    if newest != number { replace(newest) }
  }

  @inline(never)
  private mutating func replace(_ newest: Int) {
    number = newest
    responder = live.value
  }
}
