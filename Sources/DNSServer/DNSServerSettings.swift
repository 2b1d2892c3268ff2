// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Limits and ways of the server. Every one has a default that suits a cluster.
package struct DNSServerSettings: Sendable {
  /// Octets that are sent over UDP at most, and that an OPT record announces; at least 512.
  package var payloadSize = EDNS.defaultPayloadSize
  /// Connections that are open at one time; further ones are closed at once.
  package var maximumConnections = 1024
  /// Seconds without a question, or without the client taking its answers, after which a connection is closed
  /// (RFC 7766 §6.2.3).
  package var connectionIdleSeconds: Int64 = 10
  /// Questions of one connection that wait for an upstream; while there are more, nothing more is read from it.
  package var maximumPendingPerConnection = 64
  package var forwarding = ForwardingSettings()

  package init() {}
}
