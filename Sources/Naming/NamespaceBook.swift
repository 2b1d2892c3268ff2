// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The writer's account of namespaces: one exists while there is an object of it, or a Service in it. Those that exist
/// are in the tables.
struct NamespaceBook {
  /// Whether Services alone make no namespace.
  private let byObjectAlone: Bool
  private struct Entry {
    var hasObject = false
    var services = 0

    var exists: Bool { hasObject || services > 0 }
  }

  /// By the number that the tables have for it.
  private var entries: [Entry] = []
  private var ordinals = Ordinals()

  init(byObjectAlone: Bool) { self.byObjectAlone = byObjectAlone }

  /// Namespaces that there are objects of: their labels in wire format.
  func labelsOfObjects(_ tables: NameTables) -> [[UInt8]] {
    entries.indices.compactMap { index in
      guard entries[index].hasObject, let label = tables.namespaceLabels[UInt32(index)] else { return nil }
      return label.octets(0..<label.count)
    }
  }

  /// Whether what is in a namespace has no names: there is no object of it, and only that counts.
  /// - Parameter label: in wire format, in `bytes`.
  func isHidden(_ bytes: borrowing RawSpan, _ label: Range<Int>, _ tables: NameTables) -> Bool {
    guard byObjectAlone else { return false }
    return tables.namespace(bytes, label, UInt32(truncatingIfNeeded: bytes.nameHash(label, seed: tables.seed))) == nil
  }

  /// True if the namespace comes or goes by it.
  mutating func setObject(
    _ label: [UInt8], _ exists: Bool, _ tables: inout NameTables, _ edit: inout TableEdit
  ) -> Bool {
    change(unsafe label.span.bytes, 0..<label.count, &tables, &edit) { $0.hasObject = exists }
  }

  /// True if the namespace comes or goes by it.
  /// - Parameter label: in wire format, in `bytes`.
  mutating func addServices(
    _ number: Int, _ bytes: borrowing RawSpan, _ label: Range<Int>, _ tables: inout NameTables, _ edit: inout TableEdit
  ) -> Bool {
    byObjectAlone ? false : change(bytes, label, &tables, &edit) { $0.services += number }
  }

  private mutating func change(
    _ bytes: borrowing RawSpan, _ label: Range<Int>, _ tables: inout NameTables, _ edit: inout TableEdit,
    _ body: (inout Entry) -> Void
  ) -> Bool {
    let hash = UInt32(truncatingIfNeeded: bytes.nameHash(label, seed: tables.seed))
    let known = tables.namespace(bytes, label, hash)
    let ordinal = known ?? ordinals.take()
    let index = Int(ordinal)
    while entries.count <= index { entries.append(Entry()) }
    body(&entries[index])
    let exists = entries[index].exists
    if exists, known == nil {
      tables.namespaceLabels.set(ordinal, Block(bytes, label), &edit)
      tables.namespaces.insert(hash, ordinal, &edit)
    } else if !exists, known != nil {
      tables.namespaceLabels.set(ordinal, nil, &edit)
      tables.namespaces.remove(hash, ordinal, &edit)
    }
    if !exists {
      entries[index] = Entry()
      ordinals.give(ordinal)
    }
    return exists != (known != nil)
  }
}

/// The writer's account of living pods.
struct PodBook {
  /// By namespace and name: into the tables' `podRecords`.
  private var byName = SlotTable()
  private var ordinals = Ordinals()

  var size: Int { byName.size }

  /// True if the pod's addresses change by it.
  mutating func set(
    _ namespace: [UInt8], _ name: [UInt8], _ addresses: [HostAddress], _ tables: inout NameTables,
    _ edit: inout TableEdit
  ) -> Bool {
    guard (1...Int(UInt8.max)).contains(name.count) else { return false }
    let seed = tables.seed
    let nameHash = UInt32(
      truncatingIfNeeded: (namespace + name).nameHash(0..<(namespace.count + name.count), seed: seed))
    let namespaceHash = UInt32(truncatingIfNeeded: namespace.nameHash(0..<namespace.count, seed: seed))
    let known = byName.first(nameHash) { [records = tables.podRecords] ordinal in
      guard let block = records[ordinal] else { return false }
      let pod = PodRecord(block)
      return block.holds(namespace, pod.namespace) && block.holds(name, pod.name)
    }
    let last = known.flatMap { tables.podRecords[$0] }.map { PodRecord($0).addresses } ?? []
    let addresses = addresses.reduce(into: [HostAddress]()) { if !$0.contains($1) { $0.append($1) } }
    guard last != addresses else { return false }
    let ordinal = known ?? ordinals.take()
    for address in last { tables.pods.remove(tables.hash(address, namespace: namespaceHash), ordinal, &edit) }
    for address in addresses { tables.pods.insert(tables.hash(address, namespace: namespaceHash), ordinal, &edit) }
    if addresses.isEmpty {
      byName.remove(nameHash, ordinal, &edit)
      ordinals.give(ordinal)
    } else if known == nil {
      byName.insert(nameHash, ordinal, &edit)
    }
    let record = addresses.isEmpty ? nil : PodRecord(namespaceLabel: namespace, name: name, addresses).block
    tables.podRecords.set(ordinal, record, &edit)
    return true
  }

  mutating func retireAll(_ edit: inout TableEdit) { byName.retireAll(&edit) }
}
