// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// How names outside the zone are asked for elsewhere. `problems` tells what of it cannot be.
package struct ForwardingSettings: Hashable, Sendable {
  /// Asked for every name that no route is for. Empty: such names are refused.
  package var upstreams: [Upstream] = []
  /// Which upstream of `upstreams` comes first.
  package var policy = UpstreamPolicy.random
  /// Domains that are asked for elsewhere than at `upstreams`, or refused. The longest that fits decides.
  package var routes: [ForwardingRoute] = []
  /// Asked for the zone's own names while ``DNSServer/fallBack(_:)`` is on. Empty: nobody; they are answered here.
  package var fallback: [Upstream] = []
  /// Asks upstreams over TCP from the start; otherwise over UDP, and TCP where an answer was cut.
  package var usesTCP = false
  /// Asks with random letter case and takes only answers that repeat it ("0x20"). An upstream that changes the case is
  /// asked again over TCP.
  package var randomizesCase = false
  /// Milliseconds that one upstream has for one try over one transport: 50…30,000.
  package var timeoutMilliseconds: Int64 = 1500
  /// Milliseconds that all tries of one question have together: 50…60,000.
  package var deadlineMilliseconds: Int64 = 5000
  /// Tries for one question in all, over all upstreams: 1…16.
  package var maximumTries = 4
  /// Clients' questions that may wait for upstreams at one time: 0…1,000,000. Further ones are answered at once.
  package var maximumInFlight = 1000
  /// What those further ones get, unless an old answer is at hand.
  package var overloadAnswer = OverloadAnswer.serverFailure
  /// Health checks in a row without an answer after which an upstream counts as down: 0…100; 0 for never, without
  /// checks.
  package var maximumFailures = 2
  /// The name whose NS records a health check asks for.
  package var probeName = Name.root
  /// Milliseconds between two health checks of one upstream; doubled each time while it is down: 10…60,000.
  package var probeMilliseconds: Int64 = 500
  /// The longest that they get, milliseconds.
  var maximumProbeMilliseconds: Int64 { max(10_000, probeMilliseconds) }
  /// Finds upstreams that lead back to this server, and leaves them out.
  package var detectsLoops = true
  package var cache = ForwardCacheSettings()
  package var staticNames = StaticNameSettings()
  /// Answers names that no upstream may be asked for, such as `localhost` and `onion`; see `SpecialNames`.
  package var answersSpecialNames = true
  /// Asks upstreams for `home.arpa` and for the reverse names of private addresses (RFC 6303, RFC 8375). Otherwise they
  /// do not exist.
  package var forwardsPrivateNames = true

  package init(upstreams: [Upstream] = []) { self.upstreams = upstreams }

  /// Whether any name outside the zone can have an answer.
  package var isOn: Bool {
    !upstreams.isEmpty || !routes.isEmpty || staticNames.isOn || answersSpecialNames || !forwardsPrivateNames
  }

  /// Whether any name is asked for elsewhere.
  var asksOthers: Bool { !upstreams.isEmpty || routes.contains { !$0.upstreams.isEmpty } }
}

/// What a question gets that would be one too many.
package enum OverloadAnswer: String, Sendable, CaseIterable {
  /// SERVFAIL: clients try again, here or elsewhere.
  case serverFailure = "servfail"
  /// REFUSED: clients go to another server at once.
  case refused

  var code: ResponseCode { self == .refused ? .refused : .serverFailure }
}

/// Where names at and below a domain are asked for.
package struct ForwardingRoute: Hashable, Sendable {
  package var domain: Name
  /// Empty: these names are refused.
  package var upstreams: [Upstream]
  package var policy: UpstreamPolicy

  package init(_ domain: Name, upstreams: [Upstream], policy: UpstreamPolicy = .random) {
    self.domain = domain
    self.upstreams = upstreams
    self.policy = policy
  }
}

/// What is remembered of upstreams' answers, and for how long.
package struct ForwardCacheSettings: Hashable, Sendable {
  /// Answers that are remembered: 0…10,000,000; 0 for none.
  package var maximumEntries = 10_000
  /// Octets that they may take in all, about: 0…17,179,869,184 (16 GiB); 0 for none.
  package var maximumOctets = 16 << 20
  /// Seconds that an answer is remembered at most: 0…604,800.
  package var maximumTTL: UInt32 = 3600
  /// Seconds that a "no" is remembered at most: 0…86,400.
  package var maximumNegativeTTL: UInt32 = 30
  /// Seconds that a failure of all upstreams is remembered: 0…300 (RFC 9520 §3.2).
  package var failureTTL: UInt32 = 1
  /// Seconds after its end in which an answer is still given when no upstream has a newer one (RFC 8767): 0…604,800;
  /// 0 for never.
  package var staleSeconds: UInt32 = 3600
  /// Milliseconds that a client waits before it gets such an old answer: 0…30,000 (RFC 8767 §5).
  package var staleWaitMilliseconds: Int64 = 1800
  /// Questions for an answer after which it is asked for anew before it ends: 0…1,000,000; 0 for never.
  package var prefetchHits: UInt32 = 10
  /// The last part of its life in which that happens, percent: 1…90.
  package var prefetchPercent: UInt32 = 10

  package init() {}
}

/// Names with fixed addresses.
package struct StaticNameSettings: Hashable, Sendable {
  /// A file in the form of hosts(5), read again when it changes.
  package var file: String?
  /// Entries beside those of the file.
  package var entries: [StaticNameEntry] = []
  /// Seconds that clients may remember such an answer: 0…86,400.
  package var ttl: UInt32 = 30

  package init() {}

  var isOn: Bool { file != nil || !entries.isEmpty }
}

/// One address and its names: a line of hosts(5).
package struct StaticNameEntry: Hashable, Sendable {
  package var address: HostAddress
  /// The first is the one that the address leads back to.
  package var names: [Name]

  package init(address: HostAddress, names: [Name]) {
    self.address = address
    self.names = names
  }
}
