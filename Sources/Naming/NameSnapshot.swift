// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// All names of the cluster at one moment. Immutable, so any number of threads may answer from it without a lock, and
/// all of one answer comes from one state.
///
/// A snapshot that is held keeps what was replaced since it was made: hold one for an answer or a transfer, not for
/// good.
package final class NameSnapshot: Sendable {
  package let settings: NamingSettings
  /// Grows by one with each change.
  package let generation: UInt64
  /// Whether everything that existed at the start is in; before that, a missing name may only be missing yet.
  package let isSynced: Bool

  let tables: NameTables
  let zone: ZoneRecords
  /// What the change after this one replaces; it keeps the blocks of `tables` alive.
  private let retired: Retired

  init(
    settings: NamingSettings, generation: UInt64, isSynced: Bool, tables: NameTables, zone: ZoneRecords,
    retired: Retired
  ) {
    self.settings = settings
    self.generation = generation
    self.isSynced = isSynced
    self.tables = tables
    self.zone = zone
    self.retired = retired
  }

  /// Services with records, and addresses that have reverse names.
  package var serviceCount: Int { tables.services.count }
  package var addressCount: Int { tables.addresses.count }

  /// Octets of memory in all tables and records.
  package var memorySize: Int { tables.size }

  /// The version of the zone that secondaries and the SOA go by.
  package var serial: UInt32 { settings.firstSerial &+ UInt32(truncatingIfNeeded: generation) }
}
