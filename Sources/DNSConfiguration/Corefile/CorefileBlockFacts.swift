// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What the head of a server block says: `tls://example.org:853 10.0.0.0/24`.
struct CorefileBlockFacts: Hashable, Sendable {
  enum Transport: String, Sendable { case dns, tls, https }

  /// A zone or a place that cannot be used.
  struct Mistake: Hashable, Sendable {
    var key: String
    var reason: String
  }

  /// A port, and what is spoken there.
  struct Place: Hashable, Sendable {
    var transport: Transport
    var port: UInt16
  }

  let keys: [String]
  let line: Int
  let directives: [Corefile.Directive]
  /// In lower case without a dot at the end; the root is `.`.
  private(set) var zones: [String] = []
  private(set) var places: [Place] = []
  private(set) var mistakes: [Mistake] = []

  init() {
    keys = []
    line = 0
    directives = []
  }

  init(_ block: Corefile.Block) {
    keys = block.keys
    line = block.line
    directives = block.directives
    for key in block.keys { read(key) }
  }

  /// Whether the block serves names of a cluster.
  var hasNames: Bool { has("kubernetes") }

  /// Whether DNS over UDP and TCP is served there.
  var isPlain: Bool { places.contains { $0.transport == .dns } }

  func has(_ plugin: String) -> Bool { directives.contains { $0.name == plugin } }

  private mutating func read(_ key: String) {
    var rest = key[...]
    var transport = Transport.dns
    if let range = rest.firstRange(of: "://") {
      guard let known = Transport(rawValue: rest[..<range.lowerBound].lowercased()) else {
        mistakes.append(Mistake(key: key, reason: "this transport is not served"))
        return
      }
      transport = known
      rest = rest[range.upperBound...]
    }
    let standard: [Transport: UInt16] = [.dns: 53, .tls: 853, .https: 443]
    var port = standard[transport] ?? 53
    if let colon = rest.lastIndex(of: ":"), let number = UInt16(rest[rest.index(after: colon)...]) {
      port = number
      rest = rest[..<colon]
    }
    let place = Place(transport: transport, port: port)
    if !places.contains(place) { places.append(place) }
    guard let zones = Self.zones(String(rest)) else {
      mistakes.append(Mistake(key: key, reason: "is no zone"))
      return
    }
    self.zones += zones.filter { !self.zones.contains($0) }
  }

  /// The zones that a text names: one, or those of a block of addresses that ends between two octets or digits.
  static func zones(_ text: String) -> [String]? {
    if text.isEmpty || text == "." { return ["."] }
    if let slash = text.firstIndex(of: "/") {
      guard let address = HostAddress(text[..<slash]), let length = Int(text[text.index(after: slash)...]) else {
        return nil
      }
      return reverseZone(address, length).map { [$0] }
    }
    guard let name = try? Name(text) else { return nil }
    let zone = name.lowercased.description
    return [zone.hasSuffix(".") && zone != "." ? String(zone.dropLast()) : zone]
  }

  /// `10.0.0.0/8` is `10.in-addr.arpa`.
  private static func reverseZone(_ address: HostAddress, _ length: Int) -> String? {
    let step = address.family == .ipv4 ? 8 : 4
    let labels = address.family == .ipv4 ? 4 : 32
    guard length > 0, length % step == 0, length <= labels * step else { return nil }
    let name = address.reverseName.labels.dropFirst(labels - length / step)
    return (try? Name(labels: Array(name)))?.lowercased.description.trimmingDot
  }
}

extension String {
  /// The name without a dot at its end.
  var trimmingDot: String { count > 1 && hasSuffix(".") ? String(dropLast()) : self }
}
