// SPDX-License-Identifier: Apache-2.0

/// All that is needed to speak with the API server of a cluster.
package struct ClientConfiguration: Sendable {
  package var server: ServerURL
  package var trust: ServerTrust
  /// The name in the server's certificate, where it is another than the host (`tls-server-name`).
  package var serverName: String?
  package var proxy: ProxyChoice
  package var credentials: any CredentialSource
  /// The namespace of whoever asks.
  package var namespace: String
  /// Where all this was found, for messages.
  package var origin: String

  package init(
    server: ServerURL, trust: ServerTrust, serverName: String? = nil, proxy: ProxyChoice = .environment,
    credentials: any CredentialSource = FixedCredentials(), namespace: String = "default", origin: String
  ) {
    self.server = server
    self.trust = trust
    self.serverName = serverName
    self.proxy = proxy
    self.credentials = credentials
    self.namespace = namespace
    self.origin = origin
  }
}

/// Why there is no way to a cluster: what is wrong, where, and what to do.
package struct ClientConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file; empty where it is none.
  package var file: String
  /// Counted from 1; 0 where there is none.
  package var line: Int
  package var message: String

  package init(file: String = "", line: Int = 0, _ message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  package var description: String {
    let place = file.isEmpty ? "" : line > 0 ? "\(file):\(line): " : "\(file): "
    return place + message
  }
}
