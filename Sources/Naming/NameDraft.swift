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
    /// In the order in which they were told: of two with one name, the last counts.
    var slices: [SliceChange] = []
    /// The namespace has come or gone: records are made anew, whatever the facts are.
    var isForced = false
  }

  private struct SliceChange {
    var name: [UInt8]
    /// `nil` for a slice that is gone.
    var facts: [UInt8]?
  }

  /// The facts of a Service after a change.
  fileprivate struct NewFacts {
    var service: FactsSource?
    var slices: [ServiceRecordsBuilder.Slice] = []
    /// Names of slices that the Service has not had, or has no more.
    var added: [[UInt8]] = []
    var removed: [[UInt8]] = []
    var isSame = true
  }

  private let settings: NamingSettings
  private let zone: ZoneRecords
  private var tables: NameTables
  private var builder: ServiceRecordsBuilder
  private var isSynced = false
  private var edit: TableEdit
  private var namespaces: NamespaceBook
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
    namespaces = NamespaceBook(byObjectAlone: settings.needsNamespaceObject)
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
    var pending: [LabelKey: Pending] = [:]
    var sliceOwners: [LabelKey: [UInt8]?] = [:]
    var turned: Set<[UInt8]> = []
    var isChanged = false
    prepare(for: changes, &pending, &sliceOwners)
    for change in changes {
      switch change {
      case .synced:
        isChanged = isChanged || !isSynced
        isSynced = true
      case .namespace(let name, let exists):
        guard let label = Self.label(name) else { continue }
        if namespaces.setObject(label, exists, &tables, &edit) {
          isChanged = true
          if settings.needsNamespaceObject { turned.insert(label) }
        }
      case .pod(let namespace, let name, let addresses):
        guard settings.podNames == .verified, let label = Self.label(namespace) else { continue }
        isChanged = pods.set(label, Array(name.utf8), addresses, &tables, &edit) || isChanged
      case .service(let namespace, let name, let facts):
        guard let key = Self.key(namespace, name) else { continue }
        pending[LabelKey(key), default: Pending()].service = .some(facts.map(PackedFacts.service))
      case .slice(let namespace, let name, let facts):
        guard let label = Self.label(namespace), (1...Self.maximumSliceName).contains(name.utf8.count) else { continue }
        let owner = facts.flatMap { Self.key(namespace, $0.service) }
        let sliceKey = label + name.utf8
        let change = SliceChange(name: Array(name.utf8), facts: facts?.packed)
        if let last = sliceOwners[LabelKey(sliceKey)] ?? sliceOwner(sliceKey, label.count), last != owner {
          pending[LabelKey(last), default: Pending()].slices.append(SliceChange(name: change.name, facts: nil))
        }
        sliceOwners.updateValue(owner, forKey: LabelKey(sliceKey))
        if let owner { pending[LabelKey(owner), default: Pending()].slices.append(change) }
      }
    }
    if !turned.isEmpty { force(turned, &pending) }
    for (key, change) in pending { isChanged = apply(change, key.octets) || isChanged }
    return isChanged
  }

  /// Has the records of every Service in these namespaces made anew.
  private func force(_ namespaces: Set<[UInt8]>, _ pending: inout [LabelKey: Pending]) {
    tables.records.forEach { _, block in
      let key = block.octets(ServiceRecords(block).key)
      if namespaces.contains(Array(key.dropFirst(1 + Int(key[0])))) {
        pending[LabelKey(key), default: Pending()].isForced = true
      }
    }
  }

  /// Makes room for a batch: nearly free for a small one.
  private mutating func prepare(
    for changes: [NameChange], _ pending: inout [LabelKey: Pending], _ sliceOwners: inout [LabelKey: [UInt8]?]
  ) {
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
    pending.reserveCapacity(serviceCount)
    sliceOwners.reserveCapacity(sliceCount)
    tables.services.reserve(serviceCount, &edit)
    slices.reserve(sliceCount, &edit)
    if settings.answersReverse { tables.addresses.reserve(addressCount, &edit) }
  }

  /// Changes from which on it pays to count them first.
  private static let largeBatch = 256

  /// Octets of a slice's name; longer ones are not slices.
  private static let maximumSliceName = 255

  /// A label in wire format, lower case; `nil` for what cannot be one.
  private static func label(_ text: String) -> [UInt8]? {
    var label: [UInt8] = []
    return append(text, to: &label) ? label : nil
  }

  /// The labels of a Service and its namespace; `nil` for names that cannot be asked for.
  private static func key(_ namespace: String, _ service: String) -> [UInt8]? {
    var key: [UInt8] = []
    key.reserveCapacity(service.utf8.count + namespace.utf8.count + 2)
    return append(service, to: &key) && append(namespace, to: &key) ? key : nil
  }

  private static func append(_ text: String, to labels: inout [UInt8]) -> Bool {
    let octets = text.utf8
    guard (1...Name.maximumLabelLength).contains(octets.count) else { return false }
    labels.append(UInt8(octets.count))
    let start = labels.count
    labels.append(contentsOf: octets)
    for index in start..<labels.count { labels[index] = labels[index].asciiLowercased }
    return true
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
  /// - Parameters:
  ///   - slice: the label of its namespace, of `labelLength` octets, and its name.
  private func sliceOwner(_ slice: [UInt8], _ labelLength: Int) -> [UInt8]? {
    var owner: [UInt8]?
    slices.forEach(hash(slice)) { ordinal in
      guard let block = tables.records[ordinal] else { return }
      let service = ServiceRecords(block)
      let key = block.octets(service.key)
      guard key.suffix(labelLength).elementsEqual(slice.prefix(labelLength)) else { return }
      let name = Array(slice.dropFirst(labelLength))
      service.forEachSlice { if block.holds(name, $0.name) { owner = key } }
    }
    return owner
  }

  /// Makes the records of one Service anew, if its facts have changed. True if they have.
  private mutating func apply(_ change: Pending, _ key: [UInt8]) -> Bool {
    let known = ordinal(key)
    let last = known.flatMap { tables.records[$0] }.map(ServiceRecords.init)
    let facts = facts(change, last)
    if facts.isSame, !change.isForced { return false }
    let namespace = Array(key.dropFirst(1 + Int(key[0])))
    let hadService = last?.flags.contains(.hasService) ?? false
    let ordinal = known ?? serviceOrdinals.take()
    var records: ServiceRecords?
    if facts.service != nil || !facts.slices.isEmpty {
      records = ServiceRecords(
        builder.build(
          key: key, service: facts.service, slices: facts.slices, isHidden: namespaces.isHidden(namespace)))
    }
    for name in facts.removed { slices.remove(hash(namespace + name), ordinal, &edit) }
    for name in facts.added { slices.insert(hash(namespace + name), ordinal, &edit) }
    if settings.answersReverse { updateAddresses(ordinal, from: last, to: records) }
    tables.records.set(ordinal, records?.block, &edit)
    if known == nil, records != nil { tables.services.insert(hash(key), ordinal, &edit) }
    if known != nil, records == nil { tables.services.remove(hash(key), ordinal, &edit) }
    if records == nil { serviceOrdinals.give(ordinal) }
    if hadService != (facts.service != nil) {
      _ = namespaces.addServices(hadService ? -1 : 1, namespace, &tables, &edit)
    }
    return true
  }

  private func facts(_ change: Pending, _ last: ServiceRecords?) -> NewFacts {
    var facts = NewFacts()
    if let last, last.flags.contains(.hasService) { facts.service = .block(last.block, last.serviceFacts) }
    if let new = change.service {
      facts.isSame = new.map { facts.service?.holds($0) ?? false } ?? (facts.service == nil)
      facts.service = new.map { .array($0) }
    }
    // Both lists are in order of name; they are merged.
    let changes = change.slices.count > 1 ? Self.lastOfEachName(change.slices) : change.slices
    var next = 0
    last?.forEachSlice { slice in
      let block = last!.block
      while next < changes.count, changes[next].name.lexicographicallyPrecedes(block.octets(slice.name)) {
        facts.add(changes[next].name, changes[next].facts)
        next += 1
      }
      guard next < changes.count, block.holds(changes[next].name, slice.name) else {
        return facts.slices.append(.init(name: .block(block, slice.name), facts: .block(block, slice.facts)))
      }
      defer { next += 1 }
      guard let new = changes[next].facts else {
        facts.isSame = false
        return facts.removed.append(changes[next].name)
      }
      if !block.holds(new, slice.facts) { facts.isSame = false }
      facts.slices.append(.init(name: .block(block, slice.name), facts: .array(new)))
    }
    for change in changes[next...] { facts.add(change.name, change.facts) }
    return facts
  }

  /// In order of name, the last of each.
  private static func lastOfEachName(_ changes: [SliceChange]) -> [SliceChange] {
    let sorted = changes.enumerated().sorted { left, right in
      left.element.name == right.element.name
        ? left.offset < right.offset : left.element.name.lexicographicallyPrecedes(right.element.name)
    }
    return sorted.indices.filter { $0 + 1 == sorted.count || sorted[$0].element.name != sorted[$0 + 1].element.name }
      .map { sorted[$0].element }
  }

  /// Brings the table of addresses in step with the Service's records.
  private mutating func updateAddresses(_ ordinal: UInt32, from last: ServiceRecords?, to next: ServiceRecords?) {
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

/// Octets as the key of a dictionary, hashed all at once.
private struct LabelKey: Hashable {
  let octets: [UInt8]

  init(_ octets: [UInt8]) { self.octets = octets }

  func hash(into hasher: inout Hasher) { unsafe octets.withUnsafeBytes { unsafe hasher.combine(bytes: $0) } }
}

extension NameDraft.NewFacts {
  /// Adds a slice that the Service has not had; `nil` for one that it need not lose.
  fileprivate mutating func add(_ name: [UInt8], _ facts: [UInt8]?) {
    guard let facts else { return }
    isSame = false
    added.append(name)
    slices.append(.init(name: .array(name), facts: .array(facts)))
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
