// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Makes the records of one Service after the other, in memory that it keeps.
///
/// It copies the facts to the front of the new block and reads them there, so that labels are found where they will
/// stay. Hosts have the order in which the slices name them: the same objects give the same records.
struct ServiceRecordsBuilder: ~Copyable {
  typealias Field = ServiceRecords.Field
  typealias TargetRun = ServiceRecords.TargetRun

  /// Where a slice's facts come from.
  struct Slice {
    var name: FactsSource
    var facts: FactsSource
  }

  /// One name under the Service's.
  struct Host {
    /// Where the label is, its length octet included.
    var label: Int
    var hash: UInt64
    var ipv4 = AddressList()
    var ipv6 = AddressList()
  }

  /// Addresses of one host, linked through `addresses`.
  struct AddressList {
    var first: Int32 = -1
    var last: Int32 = -1

    /// Gives what was the last, -1 if there was none: from there the link has to be set.
    mutating func append(_ index: Int32) -> Int32 {
      defer { last = index }
      if last < 0 { first = index }
      return last
    }
  }

  struct Address {
    /// Where its octets are.
    var offset: Int
    var isIPv4: Bool
    var host: Int
    /// The next of the same host and family.
    var next: Int32 = -1
    /// The same address of another host, in no order but that the first host's comes first.
    var twin: Int32 = -1
    /// An earlier host has the address too.
    var isTwin = false
  }

  /// The SRV records under one `_port._proto`, or of all unnamed ports.
  struct Port {
    /// Empty for unnamed ports.
    var prefix: Range<Int>
    var labelLength: Int
    var runs: [TargetRun] = []
  }

  let ttl: UInt32
  let seed: UInt64
  var bytes = GrowingBytes(capacity: 4096)
  var hosts: [Host] = []
  /// Open addressing over `hosts`: index + 1.
  var hostSlots: [UInt32] = []
  var addresses: [Address] = []
  /// Open addressing over `addresses` without twins: index + 1.
  var addressSlots: [UInt32] = []
  var hasTwins = false
  var ports: [Port] = []
  /// Hosts of the slice at hand that an earlier slice has named.
  var knownHosts: [Int] = []
  /// Where the facts of each slice are.
  var sliceFacts: [Range<Int>] = []

  init(ttl: UInt32, seed: UInt64) {
    self.ttl = ttl
    self.seed = seed
  }

  /// - Parameters:
  ///   - key: `SVC.NS`, lower case, wire format without the root: where it is in `batch`.
  ///   - service: packed facts; `nil` where only slices are known.
  ///   - slices: in order of name.
  ///   - isHidden: the Service is kept with its facts, and has no records.
  ///   - batch: the octets of the changes.
  mutating func build(
    key: Range<Int>, service: FactsSource?, slices: [Slice], isHidden: Bool, of batch: borrowing RawSpan
  ) -> Block {
    reset()
    for _ in 0..<(Field.length / 8) { bytes.append(0 as UInt64) }
    bytes.append(batch, key)
    bytes.store(UInt8(key.count), at: Field.keyLength)
    if let service { bytes.append(service, of: batch) }
    bytes.store(UInt32(bytes.count), at: Field.slices)
    bytes.store(UInt32(slices.count), at: Field.sliceCount)
    sliceFacts.removeAll(keepingCapacity: true)
    for slice in slices {
      bytes.append(UInt8(slice.name.count))
      bytes.append(slice.name, of: batch)
      bytes.append(UInt32(slice.facts.count))
      sliceFacts.append(bytes.count..<(bytes.count + slice.facts.count))
      bytes.append(slice.facts, of: batch)
    }
    if service != nil, isHidden {
      bytes.store(ServiceRecords.Flags.hasService.rawValue, at: Field.flags)
    } else if service != nil {
      addService(at: Field.length + key.count)
    }
    defer { releaseExcess() }
    return bytes.block
  }

  /// Hosts beyond which the memory for a Service is not kept for the next.
  private static let keptHosts = 4096

  private mutating func releaseExcess() {
    guard hostSlots.count > Self.slots(for: Self.keptHosts) else { return }
    (hosts, hostSlots, addresses, addressSlots) = ([], [], [], [])
    bytes = GrowingBytes(capacity: 4096)
  }

  private mutating func reset() {
    bytes.removeAll()
    hosts.removeAll(keepingCapacity: true)
    addresses.removeAll(keepingCapacity: true)
    ports.removeAll(keepingCapacity: true)
    hasTwins = false
  }

  private mutating func addService(at start: Int) {
    let kind = bytes.octet(at: start) & PackedFacts.Service.kindMask
    let publishesNotReady = bytes.octet(at: start) & PackedFacts.Service.publishesNotReady != 0
    let ipv4 = Int(bytes.octet(at: start + 1))
    let ipv6 = Int(bytes.octet(at: start + 2))
    let aliasStart = start + 3 + ipv4 * 4 + ipv6 * 16
    let aliasLength = Int(bytes.octet(at: aliasStart))
    let isHeadless = kind == PackedFacts.Service.headless
    var flags = ServiceRecords.Flags.hasService
    if kind != PackedFacts.Service.externalName {
      prepareSlots()
      for index in sliceFacts.indices {
        addSlice(sliceFacts[index], publishesNotReady: publishesNotReady, isHeadless: isHeadless)
      }
    } else if aliasLength > 0 {
      flags.insert(.hasAlias)
    }
    if kind == PackedFacts.Service.clusterIP {
      flags.insert(.isClusterIP)
      forEachPort(at: aliasStart + 1 + aliasLength) { builder, number, prefix, labelLength in
        let port = builder.port(prefix, labelLength)
        builder.ports[port].runs.addHost(ServiceRecords.Target.itself, number)
      }
    }
    if !isHeadless || !hosts.isEmpty { flags.insert(.exists) }
    let own = kind == PackedFacts.Service.clusterIP
      ? OwnAddresses.given(at: start + 3, ipv4: ipv4, ipv6: ipv6) : isHeadless ? .ofHosts : .none
    finish(flags, own)
  }
}
