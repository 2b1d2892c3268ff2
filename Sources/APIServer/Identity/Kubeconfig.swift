// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The file by which kubectl and other clients find this server: address, authority, token.
package struct Kubeconfig: Sendable {
  /// Such as `https://127.0.0.1:6443`.
  package var server: String
  /// The authority's certificate in PEM.
  package var authorityCertificate: String
  package var token: BearerToken

  /// The name of the file's one cluster, user and context.
  package static let contextName = "callsign"

  package init(server: String, authorityCertificate: String, token: BearerToken) {
    self.server = server
    self.authorityCertificate = authorityCertificate
    self.token = token
  }

  /// Puts the file in place as one step, readable by its owner alone.
  package func write(to path: String) throws(IdentityError) {
    try SecretFile.write(text, to: path)
  }

  /// The file's text. Each value is a URL, base64 or base64url, which YAML takes without quotes.
  var text: String {
    let name = Self.contextName
    return """
      apiVersion: v1
      kind: Config
      clusters:
      - name: \(name)
        cluster:
          server: \(server)
          certificate-authority-data: \(Base64.encode(Array(authorityCertificate.utf8)))
      users:
      - name: \(name)
        user:
          token: \(token.text)
      contexts:
      - name: \(name)
        context:
          cluster: \(name)
          user: \(name)
      current-context: \(name)

      """
  }
}
