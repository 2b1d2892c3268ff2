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

/// The waits of one who asks again and again. Each sort of failure has its own: a server that answers after an outage
/// is not left alone for as long as the outage made wait, while one that is of no use whenever it answers is.
struct Backoffs: Hashable, Sendable {
  enum Trouble: Hashable, Sendable {
    /// There is no answer.
    case connection
    /// An answer that is a refusal, or of no use.
    case answer
    /// The server has forgotten a version. The first time is no failure of anybody, and soon made good.
    case expiry
  }

  private var connection: Backoff
  private var answer: Backoff
  private var expiry: Backoff

  init(_ settings: Backoff.Settings) {
    connection = Backoff(settings)
    answer = Backoff(settings)
    expiry = Backoff(settings)
  }

  var hasFailed: Bool { connection.failures + answer.failures + expiry.failures > 0 }

  /// The time to wait after one more failure.
  mutating func failed(_ trouble: Trouble, asked: Duration? = nil, random: Double) -> Duration {
    switch trouble {
    case .connection: connection.failed(asked: asked, random: random)
    case .answer: answer.failed(asked: asked, random: random)
    case .expiry: expiry.failed(asked: asked, random: expiry.failures == 0 ? random / Self.firstExpiry : random)
    }
  }

  /// By what the random part of the first wait for a forgotten version is divided.
  private static let firstExpiry = 4.0

  /// The server answered, whatever it said.
  mutating func answered() { connection.succeeded() }

  /// Something went as it should.
  mutating func succeeded() {
    connection.succeeded()
    answer.succeeded()
    expiry.succeeded()
  }
}
