// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The writer's side of the names: the tables of the next snapshot, and what only the writer needs to find things.
///
/// What is known of a Service and its slices lies in its records, packed, so a change of one slice takes the others
/// from there.
struct NameDraft: ~Copyable {
  var settings: NamingSettings
  let keepsPods: Bool
  var zone: ZoneRecords
  var tables: NameTables
  var builder: ServiceRecordsBuilder
  private var batch: ChangeBatch
  private var merge = FactsMerge()
  var isSynced = false
  var edit: TableEdit
  var namespaces: NamespaceBook
  var pods = PodBook()
  var serviceOrdinals = Ordinals()
  /// The Service that a slice is counted to, by the slice's namespace and name: into `tables.records`.
  var slices = SlotTable()
  private var lastAddresses = AddressSet()
  private var newAddresses = AddressSet()
  /// What the change after the newest snapshot replaces.
  private var retired = Retired()

  /// - Parameter keepsPods: whether pods are told of, so that their names can be verified.
  init(_ settings: NamingSettings, keepsPods: Bool) {
    self.settings = settings
    self.keepsPods = keepsPods
    zone = ZoneRecords(settings)
    tables = NameTables(seed: .random(in: .min ... .max))
    builder = ServiceRecordsBuilder(ttl: settings.ttl, seed: tables.seed)
    namespaces = NamespaceBook(byObjectAlone: settings.needsNamespaceObject)
    batch = ChangeBatch(seed: tables.seed)
    edit = TableEdit(stamp: 1)
  }

  deinit {
    // Whoever holds the last snapshot keeps its blocks; then they go.
    var edit = edit
    var tables = tables
    var slices = slices
    var pods = pods
    tables.retireAll(&edit)
    slices.retireAll(&edit)
    pods.retireAll(&edit)
    retired.fill(edit.retired, next: nil)
  }

  /// Octets of memory that only the writer needs.
  var size: Int { slices.size + pods.size }

  /// Makes a snapshot of what is there now; the next changes go to another.
  mutating func snapshot(generation: UInt64) -> NameSnapshot {
    let next = Retired()
    retired.fill(edit.retired, next: next)
    retired = next
    edit = TableEdit(stamp: edit.stamp + 1)
    return NameSnapshot(
      settings: settings, generation: generation, isSynced: isSynced, tables: tables,
      zone: zone.with(serial: settings.firstSerial &+ UInt32(truncatingIfNeeded: generation)), retired: next)
  }

  /// Takes changes in. False if no answer changes by them.
  mutating func apply(_ changes: [NameChange]) -> Bool {
    var isChanged = false
    var turned: Set<[UInt8]> = []
    prepare(for: changes)
    for change in changes {
      switch change {
      case .synced:
        isChanged = isChanged || !isSynced
        isSynced = true
      case .namespace(let name, let exists):
        guard let label = ChangeBatch.label(name) else { continue }
        if namespaces.setObject(label, exists, &tables, &edit) {
          isChanged = true
          if settings.needsNamespaceObject { turned.insert(label) }
        }
      case .pod(let namespace, let name, let addresses):
        guard keepsPods, let label = ChangeBatch.label(namespace) else { continue }
        isChanged = pods.set(label, Array(name.utf8), addresses, &tables, &edit) || isChanged
      case .service(let namespace, let name, let facts):
        batch.tell(service: name, in: namespace, facts)
      case .slice(let namespace, let name, let facts):
        batch.tell(slice: name, in: namespace, facts) { [tables, slices] bytes, slice in
          slices.count == 0 ? nil : Self.owner(of: slice, in: bytes, slices, tables)
        }
      }
    }
    if !turned.isEmpty { force(turned) }
    for index in batch.services.indices { isChanged = applyService(index) || isChanged }
    batch.removeAll()
    return isChanged
  }

  /// Has the records of every Service in these namespaces made anew.
  private mutating func force(_ namespaces: Set<[UInt8]>) {
    let records = tables.records
    records.forEach { _, block in
      let service = ServiceRecords(block)
      if namespaces.contains(block.octets(service.namespace)) { batch.force(block.octets(service.key)) }
    }
  }

  /// Makes room for a batch: nearly free for a small one.
  private mutating func prepare(for changes: [NameChange]) {
    guard changes.count >= Self.largeBatch else { return }
    var (serviceCount, sliceCount, addressCount) = (0, 0, 0)
    for change in changes {
      switch change {
      case .service(_, _, .some): serviceCount += 1
      case .slice(_, _, .some(let facts)):
        sliceCount += 1
        addressCount += facts.addressCount
      default: break
      }
    }
    batch.reserve(services: serviceCount, slices: sliceCount)
    tables.services.reserve(serviceCount, &edit)
    slices.reserve(sliceCount, &edit)
    if settings.answersReverse { tables.addresses.reserve(addressCount, &edit) }
  }

  /// Changes from which on it pays to count them first.
  private static let largeBatch = 256

  /// The labels `SVC.NS` of the Service that a slice is counted to in the tables as they are.
  private static func owner(
    of slice: ChangeBatch.SliceName, in bytes: borrowing GrowingBytes, _ slices: SlotTable, _ tables: NameTables
  ) -> [UInt8]? {
    bytes.withBytes { bytes in
      var owner: [UInt8]?
      let hash = UInt32(truncatingIfNeeded: bytes.nameHash(slice.whole, seed: tables.seed))
      slices.forEach(hash) { ordinal in
        guard let block = tables.records[ordinal] else { return }
        let service = ServiceRecords(block)
        guard block.holds(bytes, slice.label, at: service.namespace) else { return }
        var cursor = service.firstSlice
        while let known = service.nextSlice(&cursor) {
          if block.holds(bytes, slice.name, at: known.name) { owner = block.octets(service.key) }
        }
      }
      return owner
    }
  }

  /// Makes the records of one Service anew, if its facts have changed. True if they have.
  private mutating func applyService(_ index: Int) -> Bool {
    let change = batch.services[index]
    let hash = UInt32(truncatingIfNeeded: change.hash)
    let known = batch.bytes.withBytes { bytes in
      tables.services.first(hash) { [records = tables.records] ordinal in
        guard let block = records[ordinal] else { return false }
        return block.holds(bytes, change.key, at: ServiceRecords(block).key)
      }
    }
    let last = known.flatMap { tables.records[$0] }.map(ServiceRecords.init)
    merge.merge(change, of: batch, into: last)
    if merge.isSame, !change.isForced { return false }
    let ordinal = known ?? serviceOrdinals.take()
    var records: ServiceRecords?
    if merge.service != nil || !merge.slices.isEmpty {
      let block = batch.bytes.withBytes { bytes in
        let namespace = ServiceRecords.namespace(of: change.key, in: bytes)
        return builder.build(
          key: change.key, service: merge.service, slices: merge.slices,
          isHidden: namespaces.isHidden(bytes, namespace, tables), of: bytes)
      }
      records = ServiceRecords(block)
    }
    for slice in merge.removed { slices.remove(sliceHash(slice), ordinal, &edit) }
    for slice in merge.added { slices.insert(sliceHash(slice), ordinal, &edit) }
    if settings.answersReverse { updateAddresses(ordinal, from: last, to: records) }
    tables.records.set(ordinal, records?.block, &edit)
    if known == nil, records != nil { tables.services.insert(hash, ordinal, &edit) }
    if known != nil, records == nil { tables.services.remove(hash, ordinal, &edit) }
    if records == nil { serviceOrdinals.give(ordinal) }
    countService(change.key, last, isThere: merge.service != nil)
    return true
  }

  private func sliceHash(_ slice: ChangeBatch.SliceName) -> UInt32 {
    UInt32(truncatingIfNeeded: batch.hash(slice.whole))
  }

  /// Keeps the number of the namespace's Services.
  private mutating func countService(_ key: Range<Int>, _ last: ServiceRecords?, isThere: Bool) {
    let wasThere = last?.flags.contains(.hasService) ?? false
    guard wasThere != isThere else { return }
    batch.bytes.withBytes { bytes in
      let namespace = ServiceRecords.namespace(of: key, in: bytes)
      _ = namespaces.addServices(isThere ? 1 : -1, bytes, namespace, &tables, &edit)
    }
  }

  /// Brings the table of addresses in step with the Service's records.
  mutating func updateAddresses(_ ordinal: UInt32, from last: ServiceRecords?, to next: ServiceRecords?) {
    if let next, last.map({ !$0.exists }) ?? true, next.exists, !next.flags.contains(.isClusterIP) {
      // All are new, and those of a headless Service are there once each.
      return next.forEachOwnAddress { [seed = tables.seed] address in
        tables.addresses.insert(NameTables.hash(address, seed: seed), ordinal, &edit)
      }
    }
    lastAddresses.fill(last, tables)
    newAddresses.fill(next, tables)
    for index in 0..<lastAddresses.count where !newAddresses.contains(lastAddresses[index]) {
      tables.addresses.remove(lastAddresses[index].hash, ordinal, &edit)
    }
    for index in 0..<newAddresses.count where !lastAddresses.contains(newAddresses[index]) {
      tables.addresses.insert(newAddresses[index].hash, ordinal, &edit)
    }
  }
}
