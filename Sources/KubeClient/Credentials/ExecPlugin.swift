// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A program that gives credentials: how it is called, and what its answer means (client.authentication.k8s.io).
struct ExecPlugin: Sendable {
  enum Version: String, CaseIterable, Sendable {
    case v1 = "client.authentication.k8s.io/v1"
    case v1beta1 = "client.authentication.k8s.io/v1beta1"
  }

  /// What a plugin answered.
  struct Answer: Hashable, Sendable {
    var credentials: Credentials
    /// By the plugin's clock.
    var expiration: Timestamp?
  }

  /// A path, or a name that is looked for on the search path.
  var command: String
  var arguments: [String]
  /// Added to that of this process.
  var environment: [String: String]
  var version: Version
  /// What to do where the program is not there.
  var installHint: String
  /// `spec.cluster` of what the plugin is told; `nil` where it is not to know.
  var cluster: JSONValue?

  /// `KUBERNETES_EXEC_INFO`. There is no person who could be asked.
  var information: JSONValue {
    var specification: JSONValue = ["interactive": false]
    if let cluster { specification["cluster"] = cluster }
    return ["kind": "ExecCredential", "apiVersion": .string(version.rawValue), "spec": specification]
  }

  /// Reads the ExecCredential that the plugin wrote.
  func answer(_ output: [UInt8]) throws(CredentialError) -> Answer {
    let root: JSONValue
    do { root = try JSONParser.parse(output) } catch { throw problem("its answer is not JSON (\(error))") }
    guard root["kind"]?.string == "ExecCredential" else {
      throw problem("its answer is no ExecCredential" + (root["kind"]?.string.map { ", but \($0)" } ?? ""))
    }
    guard let found = root["apiVersion"]?.string, found == version.rawValue else {
      throw problem("it answered in \(root["apiVersion"]?.string ?? "no version"), asked in \(version.rawValue)")
    }
    guard let status = root["status"], status.object != nil else { throw problem("its answer has no status") }
    let token = try text(status, "token")
    let certificate = try text(status, "clientCertificateData")
    let key = try text(status, "clientKeyData")
    guard (certificate == nil) == (key == nil) else {
      throw problem("it gave a client certificate without its key, or a key without its certificate")
    }
    guard token != nil || certificate != nil else { throw problem("it gave neither a token nor a client certificate") }
    var credentials = Credentials()
    if let token { credentials.authorization = try StoredCredentials.bearer(token, from: "the plugin \(command)") }
    if let certificate, let key {
      credentials.identity = ClientIdentity(certificates: Array(certificate.utf8), key: Array(key.utf8))
    }
    return Answer(credentials: credentials, expiration: try expiration(status))
  }

  private func expiration(_ status: JSONValue) throws(CredentialError) -> Timestamp? {
    guard let text = try text(status, "expirationTimestamp") else { return nil }
    guard let time = Timestamp(text) else {
      throw problem("its expirationTimestamp \"\(text.prefix(40))\" is no time such as 2026-01-31T12:00:00Z")
    }
    return time
  }

  private func text(_ status: JSONValue, _ name: String) throws(CredentialError) -> String? {
    guard let value = status[name], !value.isNull else { return nil }
    guard let text = value.string else { throw problem("its \(name) is \(value.typeWithArticle), not a string") }
    return text.isEmpty ? nil : text
  }

  func problem(_ message: String) -> CredentialError {
    CredentialError("the credential plugin \"\(command)\" failed: \(message)")
  }
}
