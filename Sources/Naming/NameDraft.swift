// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The writer's side of the names: the tables of the next snapshot, and what only the writer needs to find things.
///
/// What is known of a Service and its slices lies in its records, packed, so a change of one slice takes the others
/// from there.
struct NameDraft: ~Copyable {
  /// The new facts of a Service and of slices, until all changes of a batch are in.
  private struct Pending {
    /// Packed facts; `.some(nil)` for a Service that is gone.
    var service: [UInt8]??
    /// By the slice's name; `nil` for one that is gone.
    var slices: [[UInt8]: [UInt8]?] = [:]
  }

  private let settings: NamingSettings
  private let zone: ZoneRecords
  private var tables: NameTables
  private var builder: ServiceRecordsBuilder
  private var isSynced = false
  private var edit: TableEdit
  private var namespaces = NamespaceBook()
  private var pods = PodBook()
  private var serviceOrdinals = Ordinals()
  /// The Service that a slice is counted to, by the slice's namespace and name: into `tables.records`.
  private var slices = SlotTable()
  private var lastAddresses = AddressSet()
  private var newAddresses = AddressSet()
  /// What the change after the newest snapshot replaces.
  private var retired = Retired()

  init(_ settings: NamingSettings) {
    self.settings = settings
    zone = ZoneRecords(settings)
    tables = NameTables(seed: .random(in: .min ... .max))
    builder = ServiceRecordsBuilder(ttl: settings.ttl, seed: tables.seed)
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
    var pending: [[UInt8]: Pending] = [:]
    var sliceOwners: [[UInt8]: [UInt8]?] = [:]
    var isChanged = false
    for change in changes {
      switch change {
      case .synced:
        isChanged = isChanged || !isSynced
        isSynced = true
      case .namespace(let name, let exists):
        guard let label = Self.label(name) else { continue }
        isChanged = namespaces.setObject(label, exists, &tables, &edit) || isChanged
      case .pod(let namespace, let name, let addresses):
        guard settings.podNames == .verified, let label = Self.label(namespace) else { continue }
        isChanged = pods.set(label, Array(name.utf8), addresses, &tables, &edit) || isChanged
      case .service(let namespace, let name, let facts):
        guard let key = Self.key(namespace, name) else { continue }
        pending[key, default: Pending()].service = .some(facts.map(PackedFacts.service))
      case .slice(let namespace, let name, let facts):
        let name = Array(name.utf8)
        guard let label = Self.label(namespace), (1...Self.maximumSliceName).contains(name.count) else { continue }
        let owner = facts.flatMap { Self.key(namespace, $0.service) }
        if let last = sliceOwners[label + name] ?? sliceOwner(label, name), last != owner {
          pending[last, default: Pending()].slices.updateValue(nil, forKey: name)
        }
        sliceOwners.updateValue(owner, forKey: label + name)
        if let owner { pending[owner, default: Pending()].slices.updateValue(facts?.packed, forKey: name) }
      }
    }
    for (key, change) in pending { isChanged = apply(change, key) || isChanged }
    return isChanged
  }

  /// Octets of a slice's name; longer ones are not slices.
  private static let maximumSliceName = 255

  /// A label in wire format, lower case; `nil` for what cannot be one.
  private static func label(_ text: String) -> [UInt8]? {
    let octets = text.utf8
    guard (1...Name.maximumLabelLength).contains(octets.count) else { return nil }
    return [UInt8(octets.count)] + octets.map(\.asciiLowercased)
  }

  /// The labels of a Service and its namespace; `nil` for names that cannot be asked for.
  private static func key(_ namespace: String, _ service: String) -> [UInt8]? {
    guard let namespace = label(namespace), let service = label(service) else { return nil }
    return service + namespace
  }

  // MARK: Services

  private func ordinal(_ key: [UInt8]) -> UInt32? {
    tables.services.first(hash(key)) { ordinal in
      guard let block = tables.records[ordinal] else { return false }
      return block.holds(key, ServiceRecords(block).key)
    }
  }

  private func hash(_ octets: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: octets.nameHash(0..<octets.count, seed: tables.seed))
  }

  /// The Service that a slice is counted to in the tables as they are.
  private func sliceOwner(_ namespace: [UInt8], _ name: [UInt8]) -> [UInt8]? {
    var owner: [UInt8]?
    slices.forEach(hash(namespace + name)) { ordinal in
      guard let block = tables.records[ordinal] else { return }
      let service = ServiceRecords(block)
      let key = block.octets(service.key)
      guard key.suffix(namespace.count).elementsEqual(namespace) else { return }
      service.forEachSlice { if block.holds(name, $0.name) { owner = key } }
    }
    return owner
  }

  /// Makes the records of one Service anew, if its facts have changed. True if they have.
  private mutating func apply(_ change: Pending, _ key: [UInt8]) -> Bool {
    let known = ordinal(key)
    let last = known.flatMap { tables.records[$0] }.map(ServiceRecords.init)
    guard let (service, slices) = facts(change, last) else { return false }
    let hadService = last?.flags.contains(.hasService) ?? false
    let ordinal = known ?? serviceOrdinals.take()
    var records: ServiceRecords?
    if service != nil || !slices.isEmpty {
      records = ServiceRecords(builder.build(key: key, service: service, slices: slices))
    }
    updateSlices(ordinal, key, from: last, to: records)
    if settings.answersReverse { updateAddresses(ordinal, from: last, to: records) }
    tables.records.set(ordinal, records?.block, &edit)
    if known == nil, records != nil { tables.services.insert(hash(key), ordinal, &edit) }
    if known != nil, records == nil { tables.services.remove(hash(key), ordinal, &edit) }
    if records == nil { serviceOrdinals.give(ordinal) }
    if hadService != (service != nil) {
      let namespace = Array(key.dropFirst(1 + Int(key[0])))
      _ = namespaces.addServices(service != nil ? 1 : -1, namespace, &tables, &edit)
    }
    return true
  }

  /// The facts of a Service after a change; `nil` if they are the same as before.
  private func facts(
    _ change: Pending, _ last: ServiceRecords?
  ) -> (service: FactsSource?, slices: [ServiceRecordsBuilder.Slice])? {
    var service: FactsSource?
    var isSame = true
    if let last, last.flags.contains(.hasService) { service = .block(last.block, last.serviceFacts) }
    if let new = change.service {
      if let new {
        isSame = service.map { $0.holds(new) } ?? false
        service = .array(new)
      } else {
        isSame = service == nil
        service = nil
      }
    }
    var new = change.slices
    var slices: [ServiceRecordsBuilder.Slice] = []
    last?.forEachSlice { slice in
      let block = last!.block
      var facts = FactsSource.block(block, slice.facts)
      if !new.isEmpty, let value = new.removeValue(forKey: block.octets(slice.name)) {
        guard let value else { return isSame = false }
        if !facts.holds(value) { isSame = false }
        facts = .array(value)
      }
      slices.append(.init(name: .block(block, slice.name), facts: facts))
    }
    for (name, facts) in new {
      guard let facts else { continue }
      isSame = false
      let place = slices.firstIndex { name.lexicographicallyPrecedes($0.name.octets) } ?? slices.count
      slices.insert(.init(name: .array(name), facts: .array(facts)), at: place)
    }
    return isSame ? nil : (service, slices)
  }

  /// Brings the table of slices in step with the Service's records.
  private mutating func updateSlices(
    _ ordinal: UInt32, _ key: [UInt8], from last: ServiceRecords?, to next: ServiceRecords?
  ) {
    let old = last?.sliceNames ?? []
    let new = next?.sliceNames ?? []
    guard old != new else { return }
    let namespace = Array(key.dropFirst(1 + Int(key[0])))
    for name in old where !new.contains(name) { slices.remove(hash(namespace + name), ordinal, &edit) }
    for name in new where !old.contains(name) { slices.insert(hash(namespace + name), ordinal, &edit) }
  }

  /// Brings the table of addresses in step with the Service's records.
  private mutating func updateAddresses(_ ordinal: UInt32, from last: ServiceRecords?, to next: ServiceRecords?) {
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

extension ServiceRecords {
  fileprivate var sliceNames: [[UInt8]] {
    var names: [[UInt8]] = []
    forEachSlice { names.append(block.octets($0.name)) }
    return names
  }
}

extension FactsSource {
  var octets: [UInt8] {
    switch self {
    case .array(let octets): octets
    case .block(let block, let range): block.octets(range)
    }
  }

  func holds(_ octets: [UInt8]) -> Bool {
    switch self {
    case .array(let own): own == octets
    case .block(let block, let range): block.holds(octets, range)
    }
  }
}

extension Block {
  /// Whether the octets in `range` are these.
  func holds(_ octets: [UInt8], _ range: Range<Int>) -> Bool {
    range.count == octets.count
      && withBytes { unsafe $0.isEqual(at: range.lowerBound, to: octets.span.bytes, at: 0, count: octets.count) }
  }
}
