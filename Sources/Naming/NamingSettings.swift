// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// What is served, and for how long clients may remember it.
package struct NamingSettings: Hashable, Sendable {
  /// Seconds; the specification allows 0 to an hour.
  package static let ttlRange: ClosedRange<UInt32> = 0...3600
  /// Seconds that a "no" may be remembered at most (the SOA's MINIMUM and TTL: RFC 2308 §5).
  package static let maximumNegativeTTL: UInt32 = 30

  /// What `10-244-0-7.NS.pod.ZONE` answers.
  package enum PodNames: String, Sendable, CaseIterable {
    /// Nothing: the names do not exist.
    case disabled
    /// Any address, in any namespace that exists.
    case insecure
    /// Only the address of a pod that lives in that namespace.
    case verified
  }

  /// The cluster's domain.
  package var zone: Name
  /// Seconds that an answer may be remembered.
  package var ttl: UInt32
  /// Seconds that a "no" may be remembered.
  package var negativeTTL: UInt32
  /// The addresses of `ns.dns.ZONE`: this server as clients reach it.
  package var serverAddresses: [HostAddress]
  package var podNames: PodNames
  /// Whether PTR questions are answered.
  package var answersReverse: Bool
  /// Whether an address that several Services share gets all their names, not the ones with a hostname alone.
  package var givesAllReverseNames: Bool
  /// Whether a Service has names only while there is an object of its namespace: where namespaces are chosen, and the
  /// others are unknown here.
  package var needsNamespaceObject = false
  /// Where the zone's serial starts. It grows with each change (RFC 1982), so begin with the time in seconds, to
  /// be beyond the last run's.
  package var firstSerial: UInt32

  /// Defaults for the zone `cluster.local`.
  package init(
    zone: Name = Name(uncheckedWire: Array("\u{7}cluster\u{5}local\u{0}".utf8)), ttl: UInt32 = 5,
    negativeTTL: UInt32? = nil, serverAddresses: [HostAddress] = [], podNames: PodNames = .insecure,
    answersReverse: Bool = true, givesAllReverseNames: Bool = false, firstSerial: UInt32 = 1
  ) {
    self.zone = zone.lowercased
    self.ttl = min(ttl, Self.ttlRange.upperBound)
    self.negativeTTL = min(negativeTTL ?? ttl, Self.maximumNegativeTTL)
    self.serverAddresses = serverAddresses
    self.podNames = podNames
    self.answersReverse = answersReverse
    self.givesAllReverseNames = givesAllReverseNames
    self.firstSerial = firstSerial
  }
}
