// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire

/// The text of one setting, whichever way it was given: one item, or several where the setting is a list.
struct SettingValue: Hashable, Sendable {
  let items: [String]

  /// The only item.
  func single() throws(ValueMistake) -> String {
    guard let first = items.first, items.count == 1 else {
      throw ValueMistake("found \(items.count) values; this setting takes one")
    }
    return first
  }

  func number<Number: FixedWidthInteger>(in range: ClosedRange<Number>) throws(ValueMistake) -> Number {
    let text = try single()
    guard let number = Number(text), range.contains(number) else {
      throw ValueMistake(found: text, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func boolean() throws(ValueMistake) -> Bool {
    let text = try single()
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    default: throw ValueMistake(found: text, allowed: "true or false")
    }
  }

  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) throws(ValueMistake) -> Choice {
    let text = try single()
    guard let choice = Choice(rawValue: text) else {
      throw ValueMistake(found: text, allowed: type.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return choice
  }

  func name() throws(ValueMistake) -> Name { try Self.name(try single()) }

  static func name(_ text: String) throws(ValueMistake) -> Name {
    guard let name = try? Name(text), name != .root else {
      throw ValueMistake(found: text, allowed: "a domain name, such as cluster.local")
    }
    return name
  }

  func addresses() throws(ValueMistake) -> [HostAddress] {
    try map { text throws(ValueMistake) in
      guard let address = HostAddress(text) else {
        throw ValueMistake(found: text, allowed: "IPv4 and IPv6 addresses")
      }
      return address
    }
  }

  /// Addresses by which clients reach a server.
  func serverAddresses() throws(ValueMistake) -> [HostAddress] {
    let addresses = try addresses()
    for address in addresses where address.isUnspecified || address.isOfMany {
      throw ValueMistake(found: "\(address)", allowed: "addresses that clients can ask, such as 10.96.0.10")
    }
    return addresses
  }

  /// Other servers: `10.0.0.1`, `10.0.0.1:5353`, `2001:db8::1`, `[2001:db8::1]:53`.
  /// - Parameter takesFiles: whether `/etc/resolv.conf` stands for the servers that it names.
  func upstreams(orFiles takesFiles: Bool = false) throws(ValueMistake) -> [Upstream] {
    var upstreams: [Upstream] = []
    for item in items {
      let found = takesFiles && item.hasPrefix("/") ? try ResolverFile.upstreams(item) : [try Self.upstream(item)]
      // A file may name what is named beside it too.
      upstreams += found.filter { !upstreams.contains($0) }
    }
    return upstreams
  }

  static func upstream(_ text: String) throws(ValueMistake) -> Upstream {
    guard let place = ListenAddress(text, defaultPort: Upstream.standardPort), let address = place.address,
      place.port > 0
    else { throw ValueMistake(found: text, allowed: "ADDRESS or ADDRESS:PORT, such as 10.0.0.1 or [2001:db8::1]:53") }
    return Upstream(address, port: place.port)
  }

  func map<Element>(_ read: (String) throws(ValueMistake) -> Element) throws(ValueMistake) -> [Element] {
    var result: [Element] = []
    for item in items { result.append(try read(item)) }
    return result
  }
}
