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
