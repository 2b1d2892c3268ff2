// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The addresses and node ports that Services hold.
struct ServiceAllocations: Sendable {
  private var addresses: Set<IPAddress> = []
  private var nodePorts: Set<UInt16> = []
  private let range: IPv4Range
  private let portRange: ClosedRange<UInt16>

  init(configuration: StoreConfiguration) {
    range = configuration.serviceCIDR
    portRange = configuration.nodePorts
  }

  /// Addresses below this offset are left to those who ask for one by name, as Kubernetes does with the lower part of
  /// its range: `min(max(16, size / 16), 256)`.
  private var firstDynamic: Int { min(min(max(16, range.count / 16), 256), max(1, range.count - 2)) }

  private static func addresses(of service: JSONObject) -> [IPAddress] {
    service["spec"]?["clusterIPs"]?.array?.compactMap { $0.string.flatMap { IPAddress($0) } } ?? []
  }

  private static func nodePorts(of service: JSONObject) -> [UInt16] {
    service["spec"]?["ports"]?.array?.compactMap { $0["nodePort"]?.int.flatMap { UInt16(exactly: $0) } }
      .filter { $0 != 0 } ?? []
  }

  /// Takes what a stored Service holds.
  mutating func claim(_ service: JSONObject) {
    addresses.formUnion(Self.addresses(of: service))
    nodePorts.formUnion(Self.nodePorts(of: service))
  }

  mutating func release(_ service: JSONObject) {
    addresses.subtract(Self.addresses(of: service))
    nodePorts.subtract(Self.nodePorts(of: service))
  }

  func isTaken(_ address: IPAddress) -> Bool { addresses.contains(address) }
  func isTaken(nodePort: UInt16) -> Bool { nodePorts.contains(nodePort) }

  /// Whether a node port can be given to a Service.
  func isInRange(nodePort: UInt16) -> Bool { portRange.contains(nodePort) }

  /// Whether an address can be given to a Service: in the range, and neither its first nor its last.
  func isInRange(_ address: IPAddress) -> Bool {
    range.offset(of: address).map { $0 > 0 && $0 < range.count - 1 } ?? false
  }

  /// A free address at random; nil where there is none.
  func freeAddress() -> IPAddress? {
    // A random start, then one after the other: finds the last free address too.
    free(in: firstDynamic..<range.count - 1) ?? free(in: 1..<firstDynamic)
  }

  private func free(in offsets: Range<Int>) -> IPAddress? {
    guard let start = offsets.randomElement() else { return nil }
    for step in 0..<offsets.count {
      let address = range[offsets.lowerBound + (start - offsets.lowerBound + step) % offsets.count]
      if !addresses.contains(address) { return address }
    }
    return nil
  }

  /// A free node port at random; nil where there is none.
  func freeNodePort(besides taken: Set<UInt16>) -> UInt16? {
    let start = Int(portRange.randomElement() ?? portRange.lowerBound) - Int(portRange.lowerBound)
    for step in 0..<portRange.count {
      let port = UInt16(Int(portRange.lowerBound) + (start + step) % portRange.count)
      if !nodePorts.contains(port), !taken.contains(port) { return port }
    }
    return nil
  }

  var rangeText: String { range.description }
  var portRangeText: String { "\(portRange.lowerBound)-\(portRange.upperBound)" }
}
