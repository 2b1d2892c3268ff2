// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Limits and ways of the server. Every one has a default that suits a cluster, and a range where one is needed;
/// ``problems()`` tells what is out of it.
package struct DNSServerSettings: Sendable {
  /// Octets that are sent over UDP at most, and that an OPT record announces.
  package var payloadSize = EDNS.defaultPayloadSize
  /// Connections over TCP, TLS and HTTPS that are open at one time; further ones are closed at once.
  package var maximumConnections = 1024
  /// Of these, how many one client address may have; 0: as many as there may be in all.
  package var maximumConnectionsPerClient = 128
  /// Seconds without a whole question, or without the client taking its answers, after which a connection is closed
  /// (RFC 7766 §6.2.3). What clients that ask are told (RFC 7828).
  package var connectionIdleSeconds: Int64 = 10
  /// Seconds that a client gets to close its side after the server has closed its own, so that the last answers arrive.
  package var connectionLingerSeconds: Int64 = 2
  /// Questions of one connection that wait for an upstream; while there are more, nothing more is read from it.
  package var maximumPendingPerConnection = 64
  /// Certificate and key for TLS and HTTPS. Read again by ``DNSServer/update(_:)``.
  package var tls: TLSFiles?
  package var cookies = CookieSettings()
  package var rateLimit = RateLimitSettings()
  /// What NSID (RFC 5001) and `id.server` in class CHAOS say; empty: nothing. At most
  /// `AnswerOPT.maximumIdentityLength` octets.
  package var identity = ""
  /// What `version.server` in class CHAOS says; empty: nothing.
  package var version = ""
  /// Seconds for which answers go on, from live data, after the server was told to stop.
  package var lameduckSeconds: Int64 = 0
  package var hold = HoldSettings()
  /// Whether the server goes on along the search path of a pod that asks. Needs a directory of pods.
  package var completesNames = false
  package var forwarding = ForwardingSettings()
  package var transfer = TransferSettings()

  package init() {}

  package static let payloadSizes = EDNS.minimumPayloadSize...4096
  package static let connectionCounts = 0...65_536
  package static let idleTimes: ClosedRange<Int64> = 1...3600
  package static let lingerTimes: ClosedRange<Int64> = 0...60
  package static let pendingCounts = 1...65_536
  package static let lameduckTimes: ClosedRange<Int64> = 0...600
  package static let versionLengths = 0...255

  /// One line for each setting that is out of its range: its name, what it is, what is allowed.
  package func problems() -> [String] {
    var lines: [String] = []
    func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) {
      if !range.contains(value) {
        lines.append("\(name): \(value) is not between \(range.lowerBound) and \(range.upperBound)")
      }
    }
    check("payloadSize", payloadSize, Self.payloadSizes)
    check("maximumConnections", maximumConnections, Self.connectionCounts)
    check("maximumConnectionsPerClient", maximumConnectionsPerClient, Self.connectionCounts)
    check("connectionIdleSeconds", connectionIdleSeconds, Self.idleTimes)
    check("connectionLingerSeconds", connectionLingerSeconds, Self.lingerTimes)
    check("maximumPendingPerConnection", maximumPendingPerConnection, Self.pendingCounts)
    check("lameduckSeconds", lameduckSeconds, Self.lameduckTimes)
    check("identity (octets)", identity.utf8.count, 0...AnswerOPT.maximumIdentityLength)
    check("version (octets)", version.utf8.count, Self.versionLengths)
    check("rateLimit.responsesPerSecond", rateLimit.responsesPerSecond, RateLimitSettings.rates)
    check("rateLimit.burst", rateLimit.burst, RateLimitSettings.rates)
    check("rateLimit.slip", rateLimit.slip, RateLimitSettings.slips)
    check("rateLimit.ipv4PrefixLength", rateLimit.ipv4PrefixLength, RateLimitSettings.ipv4PrefixLengths)
    check("rateLimit.ipv6PrefixLength", rateLimit.ipv6PrefixLength, RateLimitSettings.ipv6PrefixLengths)
    check("rateLimit.maximumNetworks", rateLimit.maximumNetworks, RateLimitSettings.networkCounts)
    check("hold.milliseconds", hold.milliseconds, HoldSettings.times)
    check("hold.maximumQuestions", hold.maximumQuestions, HoldSettings.questionCounts)
    return lines + transfer.problems() + forwarding.problems.map { "forwarding.\($0)" }
  }
}
