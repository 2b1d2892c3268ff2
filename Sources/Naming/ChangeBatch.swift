// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The changes of one batch, put together by Service, until all of them are in. Octets of all of them lie in one piece
/// of memory, which is used again for the next batch, so that a change takes next to nothing from the heap.
struct ChangeBatch: ~Copyable {
  /// What is told of one Service.
  struct ServiceChange {
    /// The labels `SVC.NS` in wire format, lower case, without the root.
    var key: Range<Int>
    /// The hash of `key`.
    var hash: UInt64
    /// The new facts, packed.
    var facts = Told.nothing
    /// The namespace has come or gone: records are made anew, whatever the facts are.
    var isForced = false
    /// The first and the last of `slices` that are its; -1 for none.
    var firstSlice: Int32 = -1
    var lastSlice: Int32 = -1
  }

  /// What is told of a Service's own facts.
  enum Told {
    case nothing
    case gone
    case facts(Range<Int>)
  }

  /// What is told of one slice of one Service.
  struct SliceChange {
    var name: SliceName
    /// Packed; `nil` for a slice that is gone, or is counted to another Service.
    var facts: Range<Int>?
    /// The next that was told of the same Service; -1 for none.
    var next: Int32 = -1
  }

  /// Where the label of a slice's namespace is, and behind it the slice's name.
  struct SliceName {
    var whole: Range<Int>
    /// Octets of the label, its length included.
    var labelLength: Int

    var label: Range<Int> { whole.lowerBound..<(whole.lowerBound + labelLength) }
    var name: Range<Int> { (whole.lowerBound + labelLength)..<whole.upperBound }
  }

  /// The Service that a slice is counted to, as far as this batch says.
  private struct SliceOwner {
    var name: SliceName
    /// Into `services`; `nil` for none.
    var service: Int?
  }

  /// Octets of a slice's name; longer ones are not slices.
  private static let maximumSliceName = 255
  /// Octets, and elements of lists, beyond which the memory of a batch is not kept for the next.
  private static let keptOctets = 1 << 16
  private static let keptElements = 1024

  private let seed: UInt64
  private(set) var bytes = GrowingBytes(capacity: 4096)
  private(set) var services: [ServiceChange] = []
  private(set) var slices: [SliceChange] = []
  private var serviceSlots = IndexSlots()
  private var owners: [SliceOwner] = []
  private var ownerSlots = IndexSlots()

  init(seed: UInt64) { self.seed = seed }

  /// Forgets all.
  mutating func removeAll() {
    if bytes.count > Self.keptOctets { bytes = GrowingBytes(capacity: 4096) } else { bytes.removeAll() }
    if max(services.count, slices.count, owners.count) > Self.keptElements {
      (services, slices, owners) = ([], [], [])
      (serviceSlots, ownerSlots) = (IndexSlots(), IndexSlots())
      return
    }
    services.removeAll(keepingCapacity: true)
    slices.removeAll(keepingCapacity: true)
    owners.removeAll(keepingCapacity: true)
    serviceSlots.removeAll()
    ownerSlots.removeAll()
  }

  /// Makes room, before the first change.
  mutating func reserve(services: Int, slices: Int) {
    self.services.reserveCapacity(services)
    self.slices.reserveCapacity(slices)
    owners.reserveCapacity(slices)
    serviceSlots.reserve(services)
    ownerSlots.reserve(slices)
  }

  // MARK: What is told

  /// - Parameter facts: `nil` for a Service that is gone.
  mutating func tell(service name: String, in namespace: String, _ facts: ServiceFacts?) {
    guard let service = service(name, in: namespace) else { return }
    guard let facts else { return services[service].facts = .gone }
    let start = bytes.count
    bytes.append(PackedFacts.service(facts))
    services[service].facts = .facts(start..<bytes.count)
  }

  /// - Parameters:
  ///   - facts: `nil` for a slice that is gone.
  ///   - known: the labels `SVC.NS` of the Service that the slice was counted to before this batch.
  mutating func tell(
    slice name: String, in namespace: String, _ facts: SliceFacts?,
    owner known: (borrowing GrowingBytes, SliceName) -> [UInt8]?
  ) {
    guard let told = sliceName(name, in: namespace) else { return }
    let owner = facts.flatMap { service($0.service, in: namespace) }
    let hash = hash(told.whole)
    let place: Int
    if let index = ownerSlots.find(hash, where: { isEqual(owners[$0].name.whole, told.whole) }) {
      place = index
    } else {
      place = owners.count
      let last = known(bytes, told).map { service($0) }
      owners.append(SliceOwner(name: told, service: last))
      ownerSlots.insert(hash, place)
    }
    if let last = owners[place].service, last != owner { add(SliceChange(name: told, facts: nil), to: last) }
    owners[place].service = owner
    guard let owner, let facts else { return }
    let start = bytes.count
    bytes.append(facts.packed)
    add(SliceChange(name: told, facts: start..<bytes.count), to: owner)
  }

  /// Has the records of a Service made anew.
  /// - Parameter key: its labels `SVC.NS`.
  mutating func force(_ key: [UInt8]) { services[service(key)].isForced = true }

  private mutating func add(_ change: SliceChange, to service: Int) {
    let index = Int32(slices.count)
    slices.append(change)
    let last = services[service].lastSlice
    if last < 0 { services[service].firstSlice = index } else { slices[Int(last)].next = index }
    services[service].lastSlice = index
  }

  // MARK: Names

  func hash(_ range: Range<Int>) -> UInt64 { bytes.withBytes { $0.nameHash(range, seed: seed) } }

  private func isEqual(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    left.count == right.count
      && bytes.withBytes { $0.isEqual(at: left.lowerBound, to: $0, at: right.lowerBound, count: left.count) }
  }

  /// The place in `services` of a Service; `nil` for names that cannot be asked for.
  private mutating func service(_ name: String, in namespace: String) -> Int? {
    let start = bytes.count
    guard bytes.append(label: name), bytes.append(label: namespace) else { return nil }
    return service(at: start..<bytes.count)
  }

  private mutating func service(_ key: [UInt8]) -> Int {
    let start = bytes.count
    bytes.append(key)
    return service(at: start..<bytes.count)
  }

  private mutating func service(at key: Range<Int>) -> Int {
    let hash = hash(key)
    if let known = serviceSlots.find(hash, where: { isEqual(services[$0].key, key) }) { return known }
    services.append(ServiceChange(key: key, hash: hash))
    serviceSlots.insert(hash, services.count - 1)
    return services.count - 1
  }

  /// `nil` for what is no name of a slice.
  private mutating func sliceName(_ name: String, in namespace: String) -> SliceName? {
    let start = bytes.count
    guard (1...Self.maximumSliceName).contains(name.utf8.count), bytes.append(label: namespace) else { return nil }
    let labelLength = bytes.count - start
    bytes.append(name)
    return SliceName(whole: start..<bytes.count, labelLength: labelLength)
  }

  /// A label in wire format, lower case; `nil` for what cannot be one.
  static func label(_ text: String) -> [UInt8]? {
    var bytes = GrowingBytes(capacity: 1 + Name.maximumLabelLength)
    return bytes.append(label: text) ? bytes.octets : nil
  }
}

extension GrowingBytes {
  /// Appends a label in wire format, lower case. False, and nothing appended, for what cannot be one.
  fileprivate mutating func append(label text: String) -> Bool {
    let count = text.utf8.count
    guard (1...Name.maximumLabelLength).contains(count) else { return false }
    append(UInt8(count))
    appendLowercased(text)
    return true
  }
}
