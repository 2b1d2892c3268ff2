// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Naming
package import Observability
import Synchronization

/// What the server has answered, for all its sockets, under CoreDNS' names.
package final class ServerMetrics: MetricsSource {
  /// Questions with these labels are counted together.
  struct Place: Hashable, Sendable {
    /// `dns://ADDRESS:PORT`.
    var server: String
    /// `udp` or `tcp`.
    var transport: String
    /// 1 for IPv4, 2 for IPv6.
    var family: String
  }

  private struct State {
    var names: NameIndex?
    /// Ports of which every address is listened on: the address is the unspecified one.
    var everyAddress: Set<Upstream> = []
    /// In the order in which they came; one place may have several, a thread each.
    var counters: [(place: Place, counters: QuestionCounters)] = []
    /// What threads have counted that have ended, a row for each place.
    var ended: [(place: Place, row: [UInt64])] = []
  }

  private let state = Mutex(State())
  let transfers = TransferCounts()

  package init() {}

  /// Questions for our own names are counted under the zone that these have.
  func setNames(_ names: NameIndex) { state.withLock { $0.names = names } }

  /// Takes note of a socket that listens. Connections to one that has every address are counted together: clients
  /// choose the address, and there can be many.
  func listens(on socket: Descriptor) {
    guard let place = try? DatagramSocket.place(of: socket), let address = HostAddress(octets: place.octets),
      address.isUnspecified
    else { return }
    state.withLock { _ = $0.everyAddress.insert(Upstream(address, port: place.port)) }
  }

  /// Where a connection to `local` came in.
  func place(_ local: Upstream, transport: Client.Transport) -> Place {
    let every = HostAddress(octets: Array(repeating: 0, count: local.address.octets.count)) ?? local.address
    let all = Upstream(every, port: local.port)
    return Place(state.withLock { $0.everyAddress.contains(all) } ? all : local, transport: transport)
  }

  /// New counters for a place; with `isShared`, the same ones for everybody who asks.
  func counters(for place: Place, isShared: Bool) -> QuestionCounters {
    state.withLock { state in
      if isShared, let known = state.counters.first(where: { $0.place == place && $0.counters.isShared }) {
        return known.counters
      }
      let counters = QuestionCounters(isShared: isShared)
      state.counters.append((place, counters))
      return counters
    }
  }

  /// A thread has ended that counted alone: its counts stay in those of its place.
  func end(_ counters: QuestionCounters) {
    state.withLock { state in
      guard let index = state.counters.firstIndex(where: { $0.counters.cells === counters.cells }) else { return }
      let place = state.counters.remove(at: index).place
      if let known = state.ended.firstIndex(where: { $0.place == place }) {
        counters.add(to: &state.ended[known].row)
      } else {
        state.ended.append((place, counters.row))
      }
    }
  }

  /// Threads that count alone.
  var threadCount: Int { state.withLock { $0.counters.count { !$0.counters.isShared } } }

  package func writeMetrics(to text: inout MetricsText) {
    let (names, all, ended) = state.withLock { ($0.names, $0.counters, $0.ended) }
    let zone = names?.settings.zone.description ?? "."
    var sums: [Place: [UInt64]] = [:]
    var places: [Place] = []
    for (place, row) in ended {
      places.append(place)
      sums[place] = row
    }
    for (place, counters) in all {
      if sums[place] == nil { places.append(place) }
      counters.add(to: &sums[place, default: Array(repeating: 0, count: QuestionCounters.Layout.count)])
    }
    let rows = places.map { ServerMetricsRow(place: $0, zone: zone, values: sums[$0]!) }
    ServerMetricsRow.write(rows, to: &text)
    text.begin("callsign_zone_transfers_total", .counter, help: "Transfers of the zone that were begun.")
    text.sample([], transfers.begun.value)
    text.begin("callsign_zone_transfers_refused_total", .counter, help: "Transfers of the zone that were refused.")
    text.sample([], transfers.refused.value)
    text.begin("callsign_zone_transfers_running", .gauge, help: "Transfers of the zone that are under way.")
    text.sample([], transfers.running)
  }
}

extension ServerMetrics {
  /// Counters for a bound socket: a thread's own for UDP, else those of all connections.
  func counters(
    for socket: Descriptor, _ transport: Client.Transport, isShared: Bool? = nil
  ) -> QuestionCounters {
    var upstream = Upstream(HostAddress(ipv4: 0), port: 0)
    if let place = try? DatagramSocket.place(of: socket), let address = HostAddress(octets: place.octets) {
      upstream = Upstream(address, port: place.port)
    }
    return counters(for: Place(upstream, transport: transport), isShared: isShared ?? transport.isStream)
  }
}

extension ServerMetrics.Place {
  /// As CoreDNS writes it: without the address where that is all of them.
  init(_ place: Upstream, transport: Client.Transport) {
    let scheme: String
    switch transport {
    case .udp, .tcp: scheme = "dns"
    case .tls: scheme = "tls"
    case .https: scheme = "https"
    }
    server = place.address.isUnspecified ? "\(scheme)://:\(place.port)" : "\(scheme)://\(place)"
    self.transport = transport == .udp ? "udp" : "tcp"
    family = place.address.family == .ipv4 ? "1" : "2"
  }
}
