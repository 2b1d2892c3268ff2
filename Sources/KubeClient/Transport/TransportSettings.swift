// SPDX-License-Identifier: Apache-2.0

/// Limits and waits of the connections to an API server.
package struct TransportSettings: Hashable, Sendable {
  /// `User-Agent`, by which an operator finds this program in the server's log.
  package var userAgent = "callsign"
  /// From the start of a connection, the look-up of the server's name included, until it can be used.
  package var connectTimeout = Duration.seconds(15)
  /// Until the head of an answer is there. A server ends requests that are no watches after 60 s by itself.
  package var answerTimeout = Duration.seconds(70)
  /// A connection on which nothing has come for so long is asked whether its peer is still there.
  package var pingInterval = Duration.seconds(30)
  /// A peer from which nothing has come for so long after that is gone.
  package var pingTimeout = Duration.seconds(15)
  /// A connection without a request is closed after this time.
  package var idleTimeout = Duration.seconds(90)
  /// HTTP/1.1 connections that are kept for the next request.
  package var idleConnections = 4
  /// Octets of one answer that are on their way or wait here to be read.
  package var window = 128 << 10
  /// Connections that are open or being opened at once. With HTTP/1.1 each watch has its own, and there may be five
  /// kinds of a hundred namespaces; the rest is for comparisons and explanations. With HTTP/2 a few are enough.
  package static let maximumConnections = 640
  /// Requests that are under way on one HTTP/2 connection. An API server takes 100; what it takes less is kept to.
  package static let maximumExchanges = 80
  /// Octets of the head of an answer.
  package static let maximumHead = 64 << 10

  package init() {}
}
