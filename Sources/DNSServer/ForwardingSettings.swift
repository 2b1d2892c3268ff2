// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// How names outside the zone are asked for elsewhere.
package struct ForwardingSettings: Sendable {
  /// Asked in this order; empty: such names are refused.
  package var upstreams: [Upstream] = []
  /// Milliseconds that one upstream has for one try.
  package var timeoutMilliseconds: Int64 = 1500
  /// Tries for one question in all, over all upstreams.
  package var maximumTries = 4
  /// Questions that may be on their way at one time; further ones get SERVFAIL at once.
  package var maximumInFlight = 1000
  /// Answers that are remembered; 0 for none.
  package var maximumCacheEntries = 4096
  /// Seconds that an answer is remembered at most.
  package var maximumTTL: UInt32 = 3600
  /// Seconds that a "no" is remembered at most.
  package var maximumNegativeTTL: UInt32 = 30

  package init(upstreams: [Upstream] = []) { self.upstreams = upstreams }
}

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
