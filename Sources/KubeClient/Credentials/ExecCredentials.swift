// SPDX-License-Identifier: Apache-2.0
package import KubeModel

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
  /// The one call that all wait for.
  private var call: Task<Result<Credentials, CredentialError>, Never>?

  init(_ plugin: ExecPlugin, certificate: StoredCredentials, clock: Time, time: @escaping WallTime) {
    self.plugin = plugin
    self.certificate = certificate
    self.clock = clock
    self.time = time
  }

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
    if let call { return try await call.value.get() }
    let call = Task { await self.run() }
    self.call = call
    let result = await call.value
    self.call = nil
    return try result.get()
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
