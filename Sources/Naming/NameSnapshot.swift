// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// All names of the cluster at one moment. Immutable, so any number of threads may answer from it without a lock, and
/// all of one answer comes from one state.
package final class NameSnapshot: Sendable {
  package let settings: NamingSettings
  /// Grows by one with each change.
  package let generation: UInt64
  /// Whether everything that existed at the start is in; before that, a missing name may only be missing yet.
  package let isSynced: Bool

  let tables: NameTables
  let zone: ZoneRecords

  init(settings: NamingSettings, generation: UInt64, isSynced: Bool, tables: NameTables, zone: ZoneRecords) {
    self.settings = settings
    self.generation = generation
    self.isSynced = isSynced
    self.tables = tables
    self.zone = zone
  }

  /// The version of the zone that secondaries and the SOA go by.
  package var serial: UInt32 { settings.firstSerial &+ UInt32(truncatingIfNeeded: generation) }
}

/// The look-up tables of a snapshot. Copies share what did not change.
struct NameTables: Sendable {
  /// Makes hashes that nobody outside can foresee.
  let seed: UInt64
  /// By the labels `SVC.NS`.
  var services = PersistentTable<ServiceRecords>()
  /// By the label `NS`.
  var namespaces = PersistentTable<NamespaceName>()
  /// The Services that an address belongs to, by the address.
  var addresses = PersistentTable<AddressOwner>()
  /// Addresses of living pods, by namespace and address; filled only where pod names are verified.
  var pods = PersistentTable<PodAddress>()

  init(seed: UInt64) { self.seed = seed }

  func hash(_ address: HostAddress) -> UInt64 {
    var word = (address.low ^ seed) &* 0x9E37_79B9_7F4A_7C15 ^ address.high
    word = (word ^ word >> 31) &* 0xD6E8_FEB8_6659_FD93
    return word ^ word >> 32
  }

  func hash(_ address: HostAddress, namespace: UInt64) -> UInt64 { hash(address) ^ namespace }
}

/// A namespace that exists: its label in wire format, lower case.
final class NamespaceName: Sendable {
  let label: [UInt8]
  let hash: UInt64

  init(label: [UInt8], hash: UInt64) {
    self.label = label
    self.hash = hash
  }
}

/// That an address belongs to a Service: as its own or as an endpoint's.
final class AddressOwner: Sendable {
  let address: HostAddress
  let service: ServiceKey

  init(address: HostAddress, service: ServiceKey) {
    self.address = address
    self.service = service
  }
}

/// That an address belongs to a living pod of a namespace.
final class PodAddress: Sendable {
  let address: HostAddress
  let namespaceLabel: [UInt8]

  init(address: HostAddress, namespaceLabel: [UInt8]) {
    self.address = address
    self.namespaceLabel = namespaceLabel
  }
}
