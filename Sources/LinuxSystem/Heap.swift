// SPDX-License-Identifier: Apache-2.0
import CLinux

/// The memory of this process that is allocated piece by piece.
package enum Heap {
  /// Octets that are allocated now, with what the allocator adds to each piece.
  package static var used: Int { Int(callsign_heap_used()) }

  /// Gives back to the system what is allocated no more: after work that has taken much for a moment. It takes some
  /// milliseconds, and allocations wait meanwhile.
  package static func trim() { callsign_heap_trim() }
}
