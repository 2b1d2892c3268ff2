// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import Synchronization

/// Gives the time of day.
package typealias WallTime = @Sendable () -> Timestamp

/// Credentials of a plugin, asked for again before they end, and where a server did not take them.
///
/// Their end is given by a clock that may not be this machine's. It is taken once, as a time that is left, and from
/// then on counted by a clock that nobody sets; where it is over before it begins, the credentials are used all the
/// same for a while: a server that does not take them says so.
actor ExecCredentials<Time: Clock>: CredentialSource where Time.Duration == Duration {
  /// Before their end at which new ones are asked for, where they last long enough.
  private static var margin: Duration { .seconds(60) }
  /// How long credentials are used whose end has already passed by this machine's clock.
  private static var minimumLife: Duration { .seconds(30) }
  /// A plugin is not asked more often because of refusals.
  private static var minimumInterval: Duration { .seconds(5) }

  private let plugin: ExecPlugin
  /// The user's own certificate, to which a plugin's token may come.
  private let certificate: StoredCredentials
  private let clock: Time
  private let time: WallTime
  private var known: (credentials: Credentials, asked: Time.Instant, end: Time.Instant?)?
  /// Whether somebody has the plugin run; others wait for what it gives.
  private var isAsking = false
  private let waiters = Mutex(Waiters())

  /// What the call gave; `nil`: its task was cancelled.
  private typealias Shared = Result<Credentials, CredentialError>?

  private struct Waiters {
    var waiting: [Int: CheckedContinuation<Shared, Never>] = [:]
    var next = 0
  }

  init(_ plugin: ExecPlugin, certificate: StoredCredentials, clock: Time, time: @escaping WallTime) {
    self.plugin = plugin
    self.certificate = certificate
    self.clock = clock
    self.time = time
  }

  nonisolated var runsProgram: Bool { true }

  func credentials() async throws(CredentialError) -> Credentials {
    if let known, known.end.map({ clock.now < $0 }) ?? true { return known.credentials }
    return try await ask()
  }

  func credentials(after refused: Credentials) async throws(CredentialError) -> Credentials? {
    if let known {
      if known.credentials != refused { return known.credentials }
      if known.asked.duration(to: clock.now) < Self.minimumInterval { return nil }
    }
    let credentials = try await ask()
    return credentials == refused ? nil : credentials
  }

  private func ask() async throws(CredentialError) -> Credentials {
    while isAsking {
      if let result = await share() { return try result.get() }
    }
    isAsking = true
    let result = await run()
    isAsking = false
    // One that was cancelled says nothing of the plugin: another asks in its place.
    let shared: Shared = if case .failure = result, Task.isCancelled { nil } else { result }
    for waiter in takeWaiters() { waiter.resume(returning: shared) }
    return try result.get()
  }

  private func takeWaiters() -> [CheckedContinuation<Shared, Never>] {
    waiters.withLock { waiters in
      defer { waiters.waiting = [:] }
      return Array(waiters.waiting.values)
    }
  }

  /// Waits for the call that is under way. Who is cancelled does not wait for it.
  private func share() async -> Shared {
    let number = waiters.withLock { waiters in
      defer { waiters.next += 1 }
      return waiters.next
    }
    let cancelled: Shared = .failure(CredentialError("the plugin was not waited for"))
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isCancelled = waiters.withLock { waiters in
          let isCancelled = Task.isCancelled
          if !isCancelled { waiters.waiting[number] = continuation }
          return isCancelled
        }
        if isCancelled { continuation.resume(returning: cancelled) }
      }
    } onCancel: {
      let waiter = waiters.withLock { $0.waiting.removeValue(forKey: number) }
      waiter?.resume(returning: cancelled)
    }
  }

  private func run() async -> Result<Credentials, CredentialError> {
    do throws(CredentialError) {
      let answer = try await plugin.run(clock: clock)
      var credentials = answer.credentials
      if credentials.identity == nil { credentials.identity = try certificate.read().identity }
      let now = clock.now
      let end = answer.expiration.map { now.advanced(by: Self.life(until: $0, from: time())) }
      known = (credentials, now, end)
      return .success(credentials)
    } catch {
      return .failure(error)
    }
  }

  /// How long credentials are used.
  static func life(until expiration: Timestamp, from now: Timestamp) -> Duration {
    let left = Duration.microseconds(max(0, expiration.microseconds - now.microseconds))
    return max(minimumLife, left - min(margin, left / 10))
  }
}
