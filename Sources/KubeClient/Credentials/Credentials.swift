// SPDX-License-Identifier: Apache-2.0

/// By what an API server knows who asks.
package struct Credentials: Hashable, Sendable {
  /// The `Authorization` field: `Bearer …` or `Basic …`.
  package var authorization: String?
  package var identity: ClientIdentity?

  package init(authorization: String? = nil, identity: ClientIdentity? = nil) {
    self.authorization = authorization
    self.identity = identity
  }

  package init(token: String, identity: ClientIdentity? = nil) {
    self.init(authorization: "Bearer \(token)", identity: identity)
  }
}

/// Where credentials come from, and come from again when they end.
package protocol CredentialSource: Sendable {
  /// Whether it runs a program for them (`exec`).
  var runsProgram: Bool { get }

  /// Those to use now.
  func credentials() async throws(CredentialError) -> Credentials

  /// Others than those, which a server did not take (401).
  /// - Returns: `nil` where there are no others.
  func credentials(after refused: Credentials) async throws(CredentialError) -> Credentials?
}

extension CredentialSource {
  package var runsProgram: Bool { false }
}

/// Why there are no credentials, and what to do.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String

  package init(_ message: String) { self.message = message }

  package var description: String { message }
}

/// Credentials that never change.
package struct FixedCredentials: CredentialSource {
  private let value: Credentials

  package init(_ value: Credentials = Credentials()) { self.value = value }

  package func credentials() -> Credentials { value }
  package func credentials(after refused: Credentials) -> Credentials? { nil }
}
