// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The form in which the facts of a Service and its slices lie in memory, numbers in network order:
///
///     service    = flags  IPv4-count  IPv6-count  addresses  alias-length  alias  ports
///     slice      = ports  endpoint*
///     ports      = count(2)  port*
///     port       = number(2)  port-label-length  prefix-length  prefix        ; prefix: "\x5_http\x4_tcp"
///     endpoint   = flags  label-length  label  [ IPv4-count(2)  IPv6-count(2) ]  addresses
///
/// IPv4 addresses come before IPv6 addresses. The labels are in lower case, and ready to be compared with a
/// question's. Most endpoints have one address, which their flags say.
enum PackedFacts {
  enum Service {
    static let kindMask: UInt8 = 3
    static let clusterIP: UInt8 = 0
    static let headless: UInt8 = 1
    static let externalName: UInt8 = 2
    static let publishesNotReady: UInt8 = 4
  }

  enum Endpoint {
    static let isReady: UInt8 = 1
    static let hasHostname: UInt8 = 2
    /// One IPv4 address and no other; one IPv6 address; neither: counts follow.
    static let isOneIPv4: UInt8 = 4
    static let isOneIPv6: UInt8 = 8

    static func flags(_ addresses: [HostAddress], isReady: Bool, hasHostname: Bool) -> UInt8 {
      var flags = (isReady ? Self.isReady : 0) | (hasHostname ? Self.hasHostname : 0)
      if addresses.count == 1 { flags |= addresses[0].family == .ipv4 ? isOneIPv4 : isOneIPv6 }
      return flags
    }
  }

  /// Ports of an object, or addresses of an endpoint, beyond which the rest is left out: what the counts can hold.
  static let maximumCount = Int(UInt16.max)

  /// Octets of an address.
  static func length(_ family: HostAddress.Family) -> Int { family == .ipv4 ? 4 : 16 }

  static func service(_ facts: ServiceFacts) -> [UInt8] {
    var flags = facts.publishesNotReady ? Service.publishesNotReady : 0
    var addresses: [HostAddress] = []
    var alias: [UInt8] = []
    switch facts.kind {
    case .clusterIP(let own):
      flags |= Service.clusterIP
      addresses = own
    case .headless:
      flags |= Service.headless
    case .externalName(let target):
      flags |= Service.externalName
      alias = target?.wire ?? []
    }
    var packed: [UInt8] = []
    packed.reserveCapacity(48 + addresses.count * 16 + alias.count)
    packed.append(flags)
    packed.append(0)
    packed.append(0)
    for (place, family) in [(1, HostAddress.Family.ipv4), (2, .ipv6)] {
      for address in addresses where address.family == family && packed[place] < .max {
        packed.append(address)
        packed[place] += 1
      }
    }
    packed.append(UInt8(alias.count))
    packed += alias
    packed.appendPacked(facts.ports)
    return packed
  }
}

extension [UInt8] {
  /// Ports whose names are too long for a label count as unnamed.
  mutating func appendPacked(_ ports: [ServiceFacts.Port]) {
    let ports = ports.prefix(PackedFacts.maximumCount)
    append(bigEndian: UInt16(ports.count))
    for port in ports {
      append(bigEndian: port.number)
      let (name, transport) = (port.name.utf8.count, port.transport.utf8.count)
      guard name > 0, Swift.max(name, transport) < Name.maximumLabelLength else {
        append(0)
        append(0)
        continue
      }
      append(UInt8(name + 2))
      append(UInt8(name + transport + 4))
      appendPortLabel(port.name)
      appendPortLabel(port.transport)
    }
  }

  /// `_http` as a label.
  private mutating func appendPortLabel(_ text: String) {
    append(UInt8(text.utf8.count + 1))
    append(UInt8(ascii: "_"))
    for octet in text.utf8 { append(octet.asciiLowercased) }
  }

  /// The addresses of an endpoint, with counts where its flags do not say it all.
  mutating func appendPacked(_ addresses: [HostAddress]) {
    if addresses.count == 1 { return append(addresses[0]) }
    let addresses = addresses.prefix(PackedFacts.maximumCount)
    for family in [HostAddress.Family.ipv4, .ipv6] {
      append(bigEndian: UInt16(addresses.count { $0.family == family }))
    }
    for family in [HostAddress.Family.ipv4, .ipv6] {
      for address in addresses where address.family == family { append(address) }
    }
  }

  /// The four or sixteen octets of an address.
  mutating func append(_ address: HostAddress) {
    var shift = UInt64(address.family == .ipv4 ? 32 : 64)
    if address.family == .ipv6 {
      for part in stride(from: 56 as UInt64, through: 0, by: -8) {
        append(UInt8(truncatingIfNeeded: address.high >> part))
      }
    }
    while shift > 0 {
      shift -= 8
      append(UInt8(truncatingIfNeeded: address.low >> shift))
    }
  }

  mutating func append(bigEndian value: UInt16) {
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value))
  }
}
