// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Credentials out of files that are written anew while the program runs, as the tokens of service accounts are each
/// hour: read again each minute, and at once where a server did not take them.
final class CredentialReader<Time: Clock>: CredentialSource where Time.Duration == Duration {
  /// How long what was read counts.
  private static var period: Duration { .seconds(60) }

  private struct State {
    var value: Credentials?
    /// When the files were last looked at.
    var read: Time.Instant?
  }

  private let stored: StoredCredentials
  private let clock: Time
  private let state = Mutex(State())

  init(_ stored: StoredCredentials, clock: Time) {
    self.stored = stored
    self.clock = clock
  }

  /// A file that cannot be read for a moment leaves what was read before.
  func credentials() throws(CredentialError) -> Credentials {
    let now = clock.now
    return try state.withLock { state throws(CredentialError) in
      if let value = state.value, let read = state.read, stored.isFixed || read.duration(to: now) < Self.period {
        return value
      }
      do throws(CredentialError) { state.value = try stored.read() } catch {
        guard state.value != nil else { throw error }
      }
      state.read = now
      return state.value ?? Credentials()
    }
  }

  func credentials(after refused: Credentials) throws(CredentialError) -> Credentials? {
    let now = clock.now
    return try state.withLock { state throws(CredentialError) in
      if let value = state.value, value != refused { return value }
      if stored.isFixed { return nil }
      let value: Credentials
      do throws(CredentialError) { value = try stored.read() } catch {
        // The server's refusal is what there is to tell.
        if state.value != nil { return nil }
        throw error
      }
      state.value = value
      state.read = now
      return value == refused ? nil : value
    }
  }
}
