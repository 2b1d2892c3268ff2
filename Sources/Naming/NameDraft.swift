// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

/// The writer's side of the names: what is known of each object, and the tables of the next snapshot.
struct NameDraft {
  private struct ServiceName: Hashable {
    var namespace: String
    var name: String
  }

  private struct ServiceState {
    let key: ServiceKey
    var facts: ServiceFacts?
    /// By the slice's name.
    var slices: [String: SliceFacts] = [:]
    var records: ServiceRecords?
    var owners: [HostAddress: AddressOwner] = [:]
  }

  private struct NamespaceState {
    let name: NamespaceName
    var hasObject = false
    var serviceCount = 0
  }

  private let settings: NamingSettings
  private let constants: ZoneRecords
  private var tables: NameTables
  private var isSynced = false
  private var services: [ServiceName: ServiceState] = [:]
  private var namespaces: [String: NamespaceState] = [:]
  /// The Service that a slice was last counted to, by the slice's namespace and name.
  private var sliceOwners: [ServiceName: ServiceName] = [:]
  /// By the pod's namespace and name.
  private var pods: [ServiceName: [PodAddress]] = [:]

  init(_ settings: NamingSettings) {
    self.settings = settings
    constants = ZoneRecords(settings, serial: settings.firstSerial)
    tables = NameTables(seed: .random(in: .min ... .max))
  }

  func snapshot(generation: UInt64) -> NameSnapshot {
    let serial = settings.firstSerial &+ UInt32(truncatingIfNeeded: generation)
    return NameSnapshot(
      settings: settings, generation: generation, isSynced: isSynced, tables: tables,
      zone: ZoneRecords(settings, serial: serial))
  }

  /// Takes changes in. False if no answer changes by them.
  mutating func apply(_ changes: [ObjectChange]) -> Bool {
    var touched: Set<ServiceName> = []
    var isChanged = false
    for change in changes {
      switch change {
      case .synced:
        isChanged = isChanged || !isSynced
        isSynced = true
      case .updated(let object):
        isChanged = apply(object, exists: true, &touched) || isChanged
      case .deleted(let object):
        isChanged = apply(object, exists: false, &touched) || isChanged
      }
    }
    for name in touched { rebuild(name) }
    return isChanged || !touched.isEmpty
  }

  /// Services whose records have to be made anew are added to `touched`; true if another answer changes.
  private mutating func apply(_ object: KubeObject, exists: Bool, _ touched: inout Set<ServiceName>) -> Bool {
    let name = ServiceName(namespace: object.metadata.namespace, name: object.metadata.name)
    switch object.resource {
    case .services:
      let facts = exists ? ServiceFacts(Service(object)) : nil
      if services[name]?.facts != facts {
        withService(name) { $0.facts = facts }
        touched.insert(name)
      }
      return false
    case .endpointSlices:
      apply(EndpointSlice(object), name, exists: exists, &touched)
      return false
    case .namespaces:
      return setNamespace(object.metadata.name) { $0.hasObject = exists }
    case .pods:
      return apply(Pod(object), name, exists: exists)
    default:
      return false
    }
  }

  private mutating func apply(
    _ slice: EndpointSlice, _ name: ServiceName, exists: Bool, _ touched: inout Set<ServiceName>
  ) {
    let owner = exists ? slice.serviceName.map { ServiceName(namespace: name.namespace, name: $0) } : nil
    if let last = sliceOwners[name], last != owner {
      withService(last) { $0.slices[name.name] = nil }
      touched.insert(last)
    }
    sliceOwners[name] = owner
    guard let owner else { return }
    let facts = SliceFacts(slice)
    guard services[owner]?.slices[name.name] != facts else { return }
    withService(owner) { $0.slices[name.name] = facts }
    touched.insert(owner)
  }

  private mutating func withService(_ name: ServiceName, _ change: (inout ServiceState) -> Void) {
    let labels = [name.name, name.namespace].flatMap { label in
      [UInt8(truncatingIfNeeded: label.utf8.count)] + label.utf8.map(\.asciiLowercased)
    }
    change(&services[name, default: ServiceState(key: ServiceKey(labels: labels, seed: tables.seed))])
  }

  /// Makes the records of one Service and puts them into the tables in place of the last.
  private mutating func rebuild(_ name: ServiceName) {
    guard var state = services[name] else { return }
    services[name] = nil  // `state` is the only reference now, and is changed in place.
    let last = state.records
    if let last { tables.services.remove(last, hash: state.key.hash) }
    state.records = nil
    if let facts = state.facts, isLabel(name.name), isLabel(name.namespace) {
      let slices = state.slices.sorted { $0.key < $1.key }.map(\.value)
      let records = ServiceRecordsBuilder.build(
        key: state.key, facts: facts, slices: slices, serviceZone: constants.serviceZone, ttl: settings.ttl,
        seed: tables.seed)
      tables.services.insert(records, hash: state.key.hash)
      state.records = records
    }
    setOwners(&state)
    let difference = (state.records == nil ? 0 : 1) - (last == nil ? 0 : 1)
    if difference != 0 { _ = setNamespace(name.namespace) { $0.serviceCount += difference } }
    if state.facts != nil || !state.slices.isEmpty { services[name] = state }
  }

  private func isLabel(_ text: String) -> Bool { (1...Name.maximumLabelLength).contains(text.utf8.count) }

  /// Brings the table of addresses in step with the Service's records.
  private mutating func setOwners(_ state: inout ServiceState) {
    guard settings.answersReverse else { return }
    let wanted = state.records.map { $0.exists ? $0.allAddresses : [] } ?? []
    for (address, owner) in state.owners where !wanted.contains(address) {
      tables.addresses.remove(owner, hash: tables.hash(address))
      state.owners[address] = nil
    }
    for address in wanted where state.owners[address] == nil {
      let owner = AddressOwner(address: address, service: state.key)
      tables.addresses.insert(owner, hash: tables.hash(address))
      state.owners[address] = owner
    }
  }

  /// A namespace exists while there is an object of it, or a Service in it. True if that changed.
  private mutating func setNamespace(_ name: String, _ change: (inout NamespaceState) -> Void) -> Bool {
    guard isLabel(name) else { return false }
    let label = [UInt8(name.utf8.count)] + name.utf8.map(\.asciiLowercased)
    var state = namespaces[name] ?? NamespaceState(name: NamespaceName(label: label, hash: namespaceHash(label)))
    let existed = state.hasObject || state.serviceCount > 0
    change(&state)
    let exists = state.hasObject || state.serviceCount > 0
    namespaces[name] = exists ? state : nil
    if exists, !existed { tables.namespaces.insert(state.name, hash: state.name.hash) }
    if existed, !exists { tables.namespaces.remove(state.name, hash: state.name.hash) }
    return exists != existed
  }

  private func namespaceHash(_ label: [UInt8]) -> UInt64 {
    label.nameHash(0..<label.count, seed: tables.seed)
  }

  private mutating func apply(_ pod: Pod, _ name: ServiceName, exists: Bool) -> Bool {
    let label = [UInt8(truncatingIfNeeded: name.namespace.utf8.count)] + name.namespace.utf8.map(\.asciiLowercased)
    let addresses = exists && !pod.hasEnded ? pod.podIPs.compactMap { HostAddress($0) } : []
    let last = pods[name] ?? []
    guard last.map(\.address) != addresses else { return false }
    for entry in last { tables.pods.remove(entry, hash: podHash(entry)) }
    let entries = addresses.map { PodAddress(address: $0, namespaceLabel: label) }
    for entry in entries { tables.pods.insert(entry, hash: podHash(entry)) }
    pods[name] = entries.isEmpty ? nil : entries
    return true
  }

  private func podHash(_ pod: PodAddress) -> UInt64 {
    tables.hash(pod.address, namespace: namespaceHash(pod.namespaceLabel))
  }
}
