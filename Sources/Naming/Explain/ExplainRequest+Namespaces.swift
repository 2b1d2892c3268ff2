// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension ExplainRequest {
  /// The namespaces whose objects an explanation looks at: those that labels of the name may mean, that of who asks,
  /// and of an address those of the Services that have it.
  package func namespaces(in snapshot: NameSnapshot) -> [String] {
    let known = Set(snapshot.namespaces)
    var wanted = Set(name.lowercased().split(separator: ".").map(String.init)).intersection(known)
    if known.contains(namespace) { wanted.insert(namespace) }
    let reverse = HostAddress(name)?.reverseName ?? (try? Name(name))
    if let reverse {
      let owners = ServedAnswer(reverse, .ptr, from: snapshot, PlainConduct(upstreams: [])).records
      for record in owners.prefix(Self.maximumOwners) {
        let labels = record.dataText.split(separator: ".").map(String.init)
        wanted.formUnion(Set(labels).intersection(known))
      }
    }
    return wanted.sorted()
  }

  /// Names of an address that are looked at.
  private static let maximumOwners = 8
}
