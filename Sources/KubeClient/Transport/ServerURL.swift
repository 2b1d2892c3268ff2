// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Where an API server is: `https://10.96.0.1`, `https://api.example.com:6443/clusters/one`.
package struct ServerURL: Hashable, Sendable {
  package let isTLS: Bool
  /// A name or an address, the latter without brackets.
  package let host: String
  package let port: Int
  /// What stands before each path: empty, or such as `/clusters/one`.
  package let pathPrefix: String

  package init(host: String, port: Int, isTLS: Bool = true, pathPrefix: String = "") {
    self.isTLS = isTLS
    self.host = host
    self.port = port
    self.pathPrefix = pathPrefix
  }

  /// - Parameter isTLSByDefault: what an address without `https://` or `http://` means.
  package init(_ text: String, isTLSByDefault: Bool = false) throws(ServerURLProblem) {
    var rest = text[...]
    if let end = text.firstRange(of: "://") {
      switch text[..<end.lowerBound].lowercased() {
      case "https": isTLS = true
      case "http": isTLS = false
      case let scheme:
        throw ServerURLProblem(
          masking: text, "\(ServerURLProblem.word(scheme)) is no scheme of an API server: https or http is")
      }
      rest = text[end.upperBound...]
    } else {
      isTLS = isTLSByDefault
    }
    if rest.contains("?") || rest.contains("#") {
      throw ServerURLProblem(masking: text, "a server has neither a query (?) nor a fragment (#)")
    }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.contains("@") else {
      throw ServerURLProblem(masking: text, "user and password do not belong in it: give them under \"user\"")
    }
    guard let endpoint = HostPort(authority, port: isTLS ? 443 : 80) else {
      if rest.contains("@") { throw ServerURLProblem(masking: text, "expected HOST or HOST:PORT") }
      throw ServerURLProblem(text, "expected HOST or HOST:PORT, found \"\(authority)\"")
    }
    host = endpoint.host
    port = endpoint.port
    var prefix = rest[authority.endIndex...]
    while prefix.last == "/" { prefix.removeLast() }
    pathPrefix = String(prefix)
  }

  /// Host and port as a `Host` field shows them: the scheme's own port is left out.
  package var authority: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    return port == (isTLS ? 443 : 80) ? shown : "\(shown):\(port)"
  }
}

extension ServerURL: CustomStringConvertible {
  package var description: String { "\(isTLS ? "https" : "http")://\(HostPort(host: host, port: port))\(pathPrefix)" }
}

/// A host and a port as they stand in a URL.
struct HostPort: Hashable, Sendable, CustomStringConvertible {
  /// Octets of the longest name in the DNS.
  private static let maximumHost = 253

  var host: String
  var port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST`, `HOST:PORT`, `[ADDRESS]` or `[ADDRESS]:PORT`; `nil` for anything else.
  /// - Parameter port: the port where none is written.
  init?(_ text: some StringProtocol, port defaultPort: Int) {
    var rest = text[...]
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      guard HostAddress(host)?.family == .ipv6 else { return nil }
      rest = rest[rest.index(after: end)...]
    } else {
      host = String(rest.prefix { $0 != ":" })
      guard Self.isHost(host) else { return nil }
      rest = rest.dropFirst(host.count)
    }
    guard !rest.isEmpty else {
      port = defaultPort
      return
    }
    guard rest.first == ":", rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(rest.dropFirst()), (1...65_535).contains(number)
    else { return nil }
    port = number
  }

  private static func isHost(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= maximumHost
      && text.utf8.allSatisfy { octet in
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// Why a text is no server's address.
package struct ServerURLProblem: Error, Hashable, Sendable, CustomStringConvertible {
  package let text: String
  package let message: String

  init(_ text: String, _ message: String) {
    self.text = text
    self.message = message
  }

  /// A scheme as it may be told: what is none may be a user, and a part of a password.
  static func word(_ scheme: String) -> String { scheme.allSatisfy(\.isLetter) ? "\"\(scheme)\"" : "what comes first" }

  /// - Parameter text: of which what may be a user and a password is not told.
  init(masking text: String, _ message: String) {
    var shown = text
    if let at = text.lastIndex(of: "@") {
      let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) } ?? ""
      shown = scheme + "…" + text[at...]
    }
    self.init(shown, message)
  }

  package var description: String { "\"\(text)\": \(message)" }
}
