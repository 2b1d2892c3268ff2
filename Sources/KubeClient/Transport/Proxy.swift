// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

/// A proxy in front of an API server: `http://`, `https://` or `socks5://`, with user and password where it wants them.
package struct Proxy: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case http, https, socks }

  /// Octets of a user or a password (RFC 1929).
  private static let maximumLogin = 255

  let kind: Kind
  let endpoint: HostPort
  let user: String?
  let password: String?

  /// - Parameter text: as in `proxy-url` and `HTTPS_PROXY`; without a scheme it is an HTTP proxy.
  package init(_ text: String) throws(ServerURLProblem) {
    var rest = text[...]
    var kind = Kind.http
    if let end = text.firstRange(of: "://") {
      switch text[..<end.lowerBound].lowercased() {
      case "http": break
      case "https": kind = .https
      case "socks5", "socks5h": kind = .socks
      case let scheme:
        throw ServerURLProblem(
          masking: text, "\(ServerURLProblem.word(scheme)) is no scheme of a proxy: http, https and socks5 are")
      }
      rest = text[end.upperBound...]
    }
    self.kind = kind
    rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = rest.lastIndex(of: "@") {
      let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let user = PercentText.decoded(parts[0]),
        let password = PercentText.decoded(parts.count > 1 ? parts[1] : ""),
        user.utf8.count <= Self.maximumLogin, password.utf8.count <= Self.maximumLogin
      else {
        throw ServerURLProblem("…", "user or password of the proxy cannot be read, or have more than 255 octets")
      }
      self.user = user
      self.password = password
      rest = rest[rest.index(after: at)...]
    } else if text.contains("@") {
      throw ServerURLProblem("…", "write / as %2F, ? as %3F and # as %23 in user and password of the proxy")
    } else {
      user = nil
      password = nil
    }
    let port =
      switch kind {
      case .http: 80
      case .https: 443
      case .socks: 1080
      }
    guard let endpoint = HostPort(rest, port: port) else {
      throw ServerURLProblem(String(rest), "expected the proxy's HOST or HOST:PORT")
    }
    self.endpoint = endpoint
  }

  /// `Proxy-Authorization` for an HTTP proxy.
  var authorization: String? {
    user.map { "Basic " + Base64.encode(Array("\($0):\(password ?? "")".utf8)) }
  }
}

extension Proxy: CustomStringConvertible {
  /// Without user and password.
  package var description: String {
    switch kind {
    case .http: "http://\(endpoint)"
    case .https: "https://\(endpoint)"
    case .socks: "socks5://\(endpoint)"
    }
  }
}

/// Which proxy, if any, stands before an API server.
package enum ProxyChoice: Hashable, Sendable {
  case none
  case proxy(Proxy)
  /// As `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment say, in capitals or not.
  case environment

  /// - Parameter value: gives a variable of the environment.
  func proxy(for server: ServerURL, value: (String) -> String?) throws(ServerURLProblem) -> Proxy? {
    switch self {
    case .none: return nil
    case .proxy(let proxy): return proxy
    case .environment: break
    }
    func variable(_ name: String) -> String? {
      let found = value(name) ?? value(name.lowercased())
      return found?.isEmpty == false ? found : nil
    }
    guard let text = variable(server.isTLS ? "HTTPS_PROXY" : "HTTP_PROXY") else { return nil }
    if Self.isDirect(server, exceptions: variable("NO_PROXY") ?? "") { return nil }
    return try Proxy(text)
  }

  /// Whether `NO_PROXY` excepts a server: `*`, a name and all below it, `.name` (only below), an address, a range of
  /// addresses, each with a port or without; loopback always.
  static func isDirect(_ server: ServerURL, exceptions: String) -> Bool {
    let host = server.host.lowercased()
    let address = HostAddress(host)
    if host == "localhost" || address?.isLoopback == true { return true }
    for entry in exceptions.split(separator: ",") {
      let entry = entry.trimmed.lowercased()
      if entry == "*" { return true }
      if let address, let range = AddressRange(entry) {
        if range.contains(address) { return true }
        continue
      }
      guard let exception = HostPort(entry.hasPrefix("*.") ? String(entry.dropFirst()) : entry, port: server.port),
        exception.port == server.port
      else { continue }
      if let address {
        if HostAddress(exception.host) == address { return true }
      } else if exception.host.hasPrefix(".")
        ? host.hasSuffix(exception.host)
        : host == exception.host || host.hasSuffix("." + exception.host)
      {
        return true
      }
    }
    return false
  }
}

extension StringProtocol {
  /// Without blanks at both ends.
  fileprivate var trimmed: String {
    let front = drop { $0.isWhitespace }
    return String(front.reversed().drop { $0.isWhitespace }.reversed())
  }
}
