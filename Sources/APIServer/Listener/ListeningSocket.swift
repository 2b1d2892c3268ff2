// SPDX-License-Identifier: Apache-2.0

/// Where the API server listens, and whom it trusts there.
package enum ListeningSocket: Sendable {
  /// A TCP socket that is bound, and perhaps listens already; the server takes it over and closes it. TLS, and a token
  /// for all but health and version.
  ///
  /// Sockets come in open, because they may belong to another network namespace than the one that this process is in.
  case tls(descriptor: CInt)
  /// As ``tls(descriptor:)``, without TLS: for a loopback address, where what stands between client and server has to
  /// see what they say, as in tests.
  case plain(descriptor: CInt)
  /// A Unix socket that the server makes, mode 0600, in a folder that it makes, mode 0700. Plain HTTP without a token:
  /// who can open the file is the user that runs the server.
  case trusted(path: String)

  var isTLS: Bool {
    if case .tls = self { true } else { false }
  }

  /// Whether whoever connects may do everything.
  var isTrusted: Bool {
    if case .trusted = self { true } else { false }
  }
}
