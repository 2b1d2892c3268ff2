// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Something that is on or off, and may change while the program runs.
final class LiveSwitch: Sendable {
  private let current: Mutex<Bool>

  init(_ isOn: Bool) { current = Mutex(isOn) }

  var isOn: Bool { current.withLock { $0 } }

  func set(_ isOn: Bool) { current.withLock { $0 = isOn } }
}
