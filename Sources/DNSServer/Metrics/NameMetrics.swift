// SPDX-License-Identifier: Apache-2.0
package import Naming
package import Observability

/// What the names are made of, and how they change.
package struct NameMetrics: MetricsSource {
  private let index: NameIndex

  package init(_ index: NameIndex) { self.index = index }

  package func writeMetrics(to text: inout MetricsText) {
    let snapshot = index.snapshot
    text.begin("callsign_names_services", .gauge, help: "Services that have names.")
    text.sample([], snapshot.serviceCount)
    text.begin("callsign_names_addresses", .gauge, help: "Addresses that have reverse names.")
    text.sample([], snapshot.addressCount)
    text.begin("callsign_names_memory_bytes", .gauge, help: "Octets of memory in all tables and records of names.")
    text.sample([], snapshot.memorySize)
    text.begin("callsign_names_changes_total", .counter, help: "Changes of names that were put in place.")
    text.sample([], snapshot.generation)
    text.begin("callsign_names_synced", .gauge, help: "1 once everything that existed at the start is known.")
    text.sample([], snapshot.isSynced ? 1 : 0)
    text.begin("callsign_zone_serial", .gauge, help: "The serial of the zone's SOA.")
    text.sample([], snapshot.serial)
  }
}
