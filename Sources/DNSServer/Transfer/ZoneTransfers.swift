// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming
import Observability
import Synchronization

/// Decides who gets the zone (AXFR, RFC 5936; IXFR, RFC 1995), by the settings in force.
struct ZoneTransfers: Sendable {
  enum Decision: Sendable {
    case refuse(ResponseCode)
    /// The SOA record alone: to an IXFR over UDP (RFC 1995 §2), and to who is up to date (§4).
    case authority
    /// All of it; the slot is held until the transfer ends.
    case zone(TransferCounts.Slot)
  }

  let settings: TransferSettings
  let counts: TransferCounts

  init(_ settings: TransferSettings = TransferSettings(), _ counts: TransferCounts = TransferCounts()) {
    self.settings = settings
    self.counts = counts
  }

  /// - Parameter clientSerial: of an IXFR.
  func decide(
    _ query: borrowing Query, clientSerial: SerialNumber?, from snapshot: NameSnapshot, client: Client
  ) -> Decision {
    let decision = decision(query, clientSerial, snapshot, client)
    switch decision {
    case .refuse: counts.refused.add()
    case .zone: counts.begun.add()
    case .authority: break
    }
    return decision
  }

  private func decision(
    _ query: borrowing Query, _ clientSerial: SerialNumber?, _ snapshot: NameSnapshot, _ client: Client
  ) -> Decision {
    guard query.recordClass == .internet, settings.allowedPeers.contains(where: { $0.contains(client.address) }) else {
      return .refuse(.refused)
    }
    let zone = snapshot.settings.zone
    guard query.name.length == zone.wire.count, query.name.hasSuffix(zone.wire, fromLabel: 0) else {
      return .refuse(.notAuthoritative)
    }
    if query.type == .ixfr {
      guard let clientSerial else { return .refuse(.formatError) }
      guard snapshot.isSynced else { return .refuse(.serverFailure) }
      if client.transport == .udp || snapshot.isCurrent(clientSerial) { return .authority }
    }
    switch client.transport {
    // Over UDP there is no AXFR (RFC 5936 §4.2), and HTTP has one message for an answer.
    case .udp, .https: return .refuse(.refused)
    case .tcp, .tls: break
    }
    guard snapshot.isSynced, let slot = counts.slot(of: settings.maximumConcurrent) else {
      return .refuse(.serverFailure)
    }
    return .zone(slot)
  }

  /// The serial of the SOA record that an IXFR has in its authority section (RFC 1995 §3).
  static func clientSerial(_ message: borrowing RawSpan) -> SerialNumber? {
    guard let parsed = try? Message(parsing: message), let soa = parsed.authorities.first, soa.type == .soa else {
      return nil
    }
    return SerialNumber(rawValue: soa.data.dropLast(16).suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
  }
}

extension NameSnapshot {
  /// Whether a secondary with this serial needs nothing.
  fileprivate func isCurrent(_ other: SerialNumber) -> Bool {
    let ours = SerialNumber(rawValue: serial)
    return other == ours || other.isNewer(than: ours)
  }
}

/// The transfers of a server, whatever settings came and went.
final class TransferCounts: Sendable {
  /// The place of one transfer among those that may run; given back with its last reference.
  final class Slot: Sendable {
    private let counts: TransferCounts

    fileprivate init(_ counts: TransferCounts) { self.counts = counts }

    deinit { counts.number.subtract(1, ordering: .relaxed) }
  }

  private let number = Atomic<Int>(0)
  let begun = SharedNumber()
  let refused = SharedNumber()

  /// Transfers under way.
  var running: Int { number.load(ordering: .relaxed) }

  /// A place for one more; `nil` at the limit.
  func slot(of limit: Int) -> Slot? {
    guard number.add(1, ordering: .relaxed).newValue <= limit else {
      number.subtract(1, ordering: .relaxed)
      return nil
    }
    return Slot(self)
  }
}
