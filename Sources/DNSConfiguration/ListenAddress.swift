// SPDX-License-Identifier: Apache-2.0
package import DNSWire

extension HostAddress {
  private static let ofMany = ["224.0.0.0/4", "255.255.255.255", "ff00::/8"].compactMap { AddressRange($0) }

  /// Multicast or broadcast (RFC 5771, RFC 919, RFC 4291 §2.7): no server can be asked there.
  var isOfMany: Bool { Self.ofMany.contains { $0.contains(self) } }
}

/// Where a listener is bound: an address, or every address of the machine, and a port.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
  /// `nil`: every address, of both families.
  package var address: HostAddress?
  /// 0 takes a free one.
  package var port: UInt16

  package init(_ address: HostAddress?, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// Reads `ADDRESS`, `ADDRESS:PORT` and `:PORT`. An IPv6 address with a port stands in brackets (RFC 3986 §3.2.2), and
  /// without one it may.
  package init?(_ text: String, defaultPort: UInt16) {
    if let address = HostAddress(text) {
      self.init(address, port: defaultPort)
      return
    }
    var host = text[...]
    var port = defaultPort
    if !host.hasSuffix("]") {
      guard let colon = host.lastIndex(of: ":") else { return nil }
      let digits = host[host.index(after: colon)...]
      guard digits.allSatisfy(\.isNumber), let number = UInt16(digits) else { return nil }
      port = number
      host = host[..<colon]
      if host.isEmpty {
        self.init(nil, port: port)
        return
      }
    }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard let address = HostAddress(host), (address.family == .ipv6) == isBracketed else { return nil }
    self.init(address, port: port)
  }

  /// The addresses to bind to.
  package var addresses: [HostAddress] {
    address.map { [$0] } ?? [HostAddress(ipv4: 0), HostAddress(ipv6High: 0, low: 0)]
  }

  /// Whether one of two sockets could not be opened beside the other. Each family has sockets of its own.
  func overlaps(_ other: ListenAddress) -> Bool {
    guard port == other.port, port != 0 else { return false }
    guard let address, let theirs = other.address else { return true }
    return address.family == theirs.family && (address == theirs || address.isUnspecified || theirs.isUnspecified)
  }

  package var description: String {
    guard let address else { return ":\(port)" }
    return address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
