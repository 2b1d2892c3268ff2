// SPDX-License-Identifier: Apache-2.0
package import DNSWire

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

  /// Reads `ADDRESS:PORT`, `[ADDRESS]:PORT`, `ADDRESS`, `[ADDRESS]` and `:PORT`.
  package init?(_ text: String, defaultPort: UInt16) {
    if let address = HostAddress(text) {
      self.init(address, port: defaultPort)
      return
    }
    guard let colon = text.lastIndex(of: ":") else {
      guard text.hasPrefix("["), text.hasSuffix("]"), let address = HostAddress(text.dropFirst().dropLast()) else {
        return nil
      }
      self.init(address, port: defaultPort)
      return
    }
    if text.hasSuffix("]") {
      guard text.hasPrefix("["), let address = HostAddress(text.dropFirst().dropLast()) else { return nil }
      self.init(address, port: defaultPort)
      return
    }
    guard let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon]
    if host.isEmpty {
      self.init(nil, port: port)
    } else if host.hasPrefix("["), host.hasSuffix("]"), let address = HostAddress(host.dropFirst().dropLast()) {
      self.init(address, port: port)
    } else if !host.contains(":"), let address = HostAddress(host) {
      self.init(address, port: port)
    } else {
      return nil
    }
  }

  /// The addresses to bind to.
  package var addresses: [HostAddress] {
    address.map { [$0] } ?? [HostAddress(ipv4: 0), HostAddress(ipv6High: 0, low: 0)]
  }

  package var description: String {
    guard let address else { return ":\(port)" }
    return address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
  }
}
