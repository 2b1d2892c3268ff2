// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension SettingValue {
  /// Octets of a zone's name on the wire: what `HOSTNAME.SERVICE.NAMESPACE.svc.`, with the longest labels that there
  /// are, leaves of a name (RFC 1035 §2.3.4).
  private static let maximumZone = Name.maximumLength - 3 * (1 + Name.maximumLabelLength) - 4
  /// The same in characters, without a dot at the end.
  static let maximumZoneCharacters = maximumZone - 2

  /// The domain whose names are served.
  func zone() throws(ValueMistake) -> Name {
    let zone = try name().lowercased
    let text = try single()
    for label in zone.labels where ValueFormat.dnsLabel.problem(of: String(decoding: label, as: UTF8.self)) != nil {
      throw ValueMistake(found: text, allowed: "a domain of letters, digits and -, such as cluster.local")
    }
    for reverse in ["in-addr.arpa", "ip6.arpa"] {
      let reverse = try Self.name(reverse)
      if zone.isEqual(toOrBelow: reverse) || reverse.isEqual(toOrBelow: zone) {
        throw ValueMistake(found: text, allowed: "a domain that is no reverse zone; for those there is reverse")
      }
    }
    guard zone.wire.count <= Self.maximumZone else {
      throw ValueMistake(
        "found \(zone.wire.count - 2) characters; allowed: at most \(Self.maximumZoneCharacters), so that all names "
          + "below fit into \(Name.maximumLength) octets")
    }
    return zone
  }
}
