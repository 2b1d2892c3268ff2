// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// Another resolver.
package struct Upstream: Hashable, Sendable {
  package static let standardPort: UInt16 = 53

  package var address: HostAddress
  package var port: UInt16

  package init(_ address: HostAddress, port: UInt16 = Self.standardPort) {
    self.address = address
    self.port = port
  }

  /// Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`; `nil` for everything else.
  package init?(_ text: String) {
    if let address = HostAddress(text) {
      self.init(address)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
    else { return nil }
    var host = text[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard let address = HostAddress(host), (address.family == .ipv6) == isBracketed else { return nil }
    self.init(address, port: port)
  }
}

extension Upstream: CustomStringConvertible {
  package var description: String { address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}

/// Which of several healthy upstreams is asked first. The others follow when it does not answer.
package enum UpstreamPolicy: String, Sendable, CaseIterable {
  /// Any.
  case random
  /// Each in its turn.
  case roundRobin = "round-robin"
  /// The first that is healthy, in the order of the settings.
  case sequential
}
