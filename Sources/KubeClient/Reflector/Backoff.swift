// SPDX-License-Identifier: Apache-2.0

/// How long to wait after failures in a row: twice as long each time, and a random part more, so that many clients do
/// not come back at once.
package struct Backoff: Hashable, Sendable {
  package struct Settings: Hashable, Sendable {
    package var first = Duration.milliseconds(800)
    package var longest = Duration.seconds(30)
    /// What a server may ask for at most.
    package var longestAsked = Duration.seconds(300)

    package init() {}
  }

  private let settings: Settings
  private(set) var failures = 0

  package init(_ settings: Settings) { self.settings = settings }

  /// The time to wait after one more failure.
  /// - Parameters:
  ///   - asked: how long the server wants to be left alone.
  ///   - random: 0 to 1.
  package mutating func failed(asked: Duration? = nil, random: Double) -> Duration {
    let doubled = settings.first * (1 << min(failures, 16))
    failures += 1
    let own = min(doubled, settings.longest) * (1 + random)
    return max(own, min(asked ?? .zero, settings.longestAsked) * (1 + random / 10))
  }

  package mutating func succeeded() { failures = 0 }
}
