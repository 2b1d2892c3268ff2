// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// How many answers over UDP a client's network gets, so that the server is of no use for flooding a forged address.
/// Off by default: in a cluster, clients are pods. A valid cookie exempts, and so do TCP, TLS and HTTPS.
package struct RateLimitSettings: Hashable, Sendable {
  /// Answers a second for one network; 0 turns the limit off. At most 1,000,000.
  package var responsesPerSecond = 0
  /// Answers that a network may have at once after a pause; 0 stands for those of one second.
  package var burst = 0
  /// Of the answers withheld, every n-th leaves as an empty one with TC, which a real client repeats over TCP; 0: none.
  package var slip = 2
  /// Bits that the addresses of one network share.
  package var ipv4PrefixLength = 24
  /// At most 64.
  package var ipv6PrefixLength = 56
  /// Networks that are remembered, 24 octets each; the one that was silent longest makes room.
  package var maximumNetworks = 16_384
  /// Clients without a limit.
  package var exempt: [AddressRange] = []

  package init() {}

  package static let rates = 0...1_000_000
  package static let slips = 0...100
  package static let ipv4PrefixLengths = 1...32
  package static let ipv6PrefixLengths = 1...64
  package static let networkCounts = 64...1_048_576
}
