// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem

/// Credentials as they are written down: in a kubeconfig file, or in files that it names.
struct StoredCredentials: Hashable, Sendable {
  enum Token: Hashable, Sendable {
    case text(String)
    /// - Parameter fallback: what counts until the file can be read.
    case file(String, fallback: String?)
  }

  struct Login: Hashable, Sendable {
    var user: String
    var password: String
  }

  enum Part: Hashable, Sendable {
    case octets([UInt8])
    case file(String)
  }

  struct Certificate: Hashable, Sendable {
    var certificates: Part
    var key: Part
  }

  /// Octets of a token; those of service accounts have about 1,000.
  static let maximumToken = 64 << 10
  /// Octets of a certificate or a key.
  static let maximumCertificate = 1 << 20

  var token: Token?
  var login: Login?
  var certificate: Certificate?
  /// Where it is written, for messages.
  var place: String

  /// Whether all of it is in memory, and cannot change.
  var isFixed: Bool {
    if case .file = token { return false }
    guard let certificate else { return true }
    if case .file = certificate.certificates { return false }
    if case .file = certificate.key { return false }
    return true
  }

  /// Reads what is in files.
  func read() throws(CredentialError) -> Credentials {
    var credentials = Credentials()
    switch token {
    case .text(let text): credentials.authorization = try Self.bearer(text, from: place)
    case .file(let path, let fallback): credentials.authorization = try Self.bearer(file: path, fallback: fallback)
    case nil:
      if let login {
        credentials.authorization = "Basic " + Base64.encode(Array("\(login.user):\(login.password)".utf8))
      }
    }
    if let certificate {
      credentials.identity = ClientIdentity(
        certificates: try Self.octets(certificate.certificates, "the client certificate"),
        key: try Self.octets(certificate.key, "the client key"))
    }
    return credentials
  }

  private static func bearer(file path: String, fallback: String?) throws(CredentialError) -> String {
    let octets: [UInt8]
    do { octets = try Files.read(path, limit: maximumToken) } catch {
      if let fallback { return try bearer(fallback, from: path) }
      throw CredentialError("the token's file \(path) cannot be read: \(error)")
    }
    return try bearer(String(decoding: octets, as: UTF8.self), from: path)
  }

  /// A token as it may stand in a field of HTTP.
  static func bearer(_ text: String, from place: String) throws(CredentialError) -> String {
    let token = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
    guard !token.isEmpty else { throw CredentialError("\(place): the token is empty") }
    let text = String(token)
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CredentialError("\(place): the token has blanks or other characters that no token has")
    }
    return "Bearer \(text)"
  }

  private static func octets(_ part: Part, _ what: String) throws(CredentialError) -> [UInt8] {
    switch part {
    case .octets(let octets): return octets
    case .file(let path):
      do { return try Files.read(path, limit: maximumCertificate) } catch {
        throw CredentialError("the file of \(what), \(path), cannot be read: \(error)")
      }
    }
  }
}
