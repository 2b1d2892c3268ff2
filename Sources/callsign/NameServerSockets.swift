// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import DNSServer
import DNSWire
import LinuxSystem
import Synchronization

/// The sockets that `callsign dns` has now. Nobody else keeps them: one that goes is closed with the last who uses it,
/// so that its place is free.
final class CurrentSockets: Sendable {
  private let current: Mutex<NameServerSockets>

  init(_ sockets: NameServerSockets) { current = Mutex(sockets) }

  var value: NameServerSockets { current.withLock(\.self) }

  func replace(by sockets: NameServerSockets) { current.withLock { $0 = sockets } }
}

/// The sockets of `callsign dns`, by the settings that they are opened for.
struct NameServerSockets: Sendable {
  private enum Kind: Hashable { case plain, tls, https, http }

  /// What a socket is opened for: as long as the settings ask for it, it stays.
  private struct Purpose: Hashable {
    var kind: Kind
    var listen: ListenAddress
  }

  private var opened: [(purpose: Purpose, sockets: DNSSockets)] = []
  /// Threads for each address; those of the first time.
  private let workers: Int

  /// Opens every place of the settings. A machine without IPv6 has no addresses of it.
  init(_ settings: DNSConfiguration) throws { try self.init(settings, keeping: [], workers: settings.workers) }

  /// The sockets for other settings: those that are open for the same purpose, and new ones.
  func following(_ settings: DNSConfiguration) throws -> NameServerSockets {
    try NameServerSockets(settings, keeping: opened, workers: workers)
  }

  private init(
    _ settings: DNSConfiguration, keeping former: [(purpose: Purpose, sockets: DNSSockets)], workers: Int
  ) throws {
    self.workers = workers
    let wanted: [(Kind, [ListenAddress])] = [
      (.plain, settings.listen), (.tls, settings.listenTLS), (.https, settings.listenHTTPS),
      (.http, settings.listenHTTP),
    ]
    for (kind, places) in wanted {
      for listen in places {
        let purpose = Purpose(kind: kind, listen: listen)
        let kept = former.filter { $0.purpose == purpose }
        opened += kept.isEmpty ? try Self.open(purpose, workers: workers).map { (purpose, $0) } : kept
      }
    }
  }

  private static func open(_ purpose: Purpose, workers: Int) throws -> [DNSSockets] {
    var port = purpose.listen.port
    var opened: [DNSSockets] = []
    try eachAddress(of: purpose.listen) { address throws(DNSListenError) in
      var sockets = DNSSockets()
      switch purpose.kind {
      case .plain: sockets = try DNSSockets.open(address, port: port, workers: workers)
      case .tls: sockets.tls = [try DNSSockets.openStream(address, port: port)]
      case .https: sockets.https = [try DNSSockets.openStream(address, port: port)]
      case .http: sockets.http = [try DNSSockets.openStream(address, port: port)]
      }
      // Both families have the port that the first was given.
      if let first = (sockets.streams + sockets.tls + sockets.https + sockets.http).first {
        port = DNSSockets.port(of: first) ?? port
      }
      opened.append(sockets)
    }
    return opened
  }

  private static func eachAddress(
    of listen: ListenAddress, _ open: (HostAddress) throws(DNSListenError) -> Void
  ) throws(DNSListenError) {
    for address in listen.addresses {
      let isOptional = listen.address == nil && address.family == .ipv6
      do {
        try open(address)
      } catch {
        guard isOptional, error.isAddressMissing else { throw error }
      }
    }
  }

  var all: [DNSSockets] { opened.map(\.sockets) }

  /// One line for each place, as it is shown at the start.
  var lines: [String] {
    let kinds: [(String, (DNSSockets) -> [Descriptor])] = [
      ("DNS  ", \.streams), ("DNS over TLS  ", \.tls), ("DNS over HTTPS  ", \.https), ("DNS over HTTP  ", \.http),
    ]
    return kinds.flatMap { kind, descriptors in
      let places = DNSSockets(streams: all.flatMap(descriptors)).places
      return places.map { kind + $0.description }.sorted()
    }
  }
}
