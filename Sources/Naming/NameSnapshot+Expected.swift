// SPDX-License-Identifier: Apache-2.0
package import DNSWire

extension NameSnapshot {
  /// Whether there is such a name in the zone, with records or without.
  package func hasName(_ name: Name) -> Bool {
    let name = QueryName(name)
    guard let count = labelsInZone(name) else { return false }
    if case .missing = find(name, labelsInZone: count) { return false }
    return true
  }

  /// Whether this is the name of a pod that is to come, `HOST.SVC.NS.svc.ZONE`: its headless Service is there, and
  /// `directory` knows the pod or who will make it.
  package func isAwaited(_ name: borrowing QueryName, by directory: PodDirectory) -> Bool {
    guard labelsInZone(name) == 4, name.isEqual(name.labelRange(3), to: "svc") else { return false }
    let range = name.labelStart(1)..<name.labelStart(3)
    guard let service = name.withBytes({ tables.service($0, range) }), service.isHeadless else { return false }
    return directory.expects(host: text(name, 0), service: text(name, 1), namespace: text(name, 2))
  }

  /// Answers a question, `REST.NS.svc.ZONE`, that has no answer, with that of the next name on the search path of a pod
  /// in `namespace`: `REST.svc.ZONE`, `REST.ZONE`, or `REST` itself, behind a CNAME record. Only for addresses others
  /// are asked for `REST`; of other types there is none then, but the name exists, as it does for addresses.
  /// - Parameter forwards: whether names outside the zone have answers.
  /// - Returns: `nil` where there is nothing to go on with; then nothing was written.
  package func complete(
    _ name: borrowing QueryName, _ type: RecordType, namespace: String, forwards: Bool,
    into writer: inout AnswerWriter, random: UInt32
  ) -> Resolution? {
    guard let count = labelsInZone(name), count >= 3,
      name.isEqual(name.labelRange(count - 1), to: "svc"), text(name, count - 2) == namespace
    else { return nil }
    let place = AnswerPlace(
      owner: Header.length, zone: Header.length + name.labelStart(count), random: random, link: 0)
    let labels = name.name.labels
    let rest = labels.prefix(count - 2)
    let zoneLabels = labels.suffix(labels.count - count)
    for middle in [labels[(count - 1)..<count], []] {
      guard let candidate = try? Name(labels: rest + middle + zoneLabels) else { continue }
      let query = QueryName(candidate)
      switch find(query, labelsInZone: query.labelCount - zone.labelCount) {
      case .missing, .empty: continue
      default: return follow(candidate, type, place, from: name.name, into: &writer)
      }
    }
    // A name of one label is no name outside.
    guard forwards, rest.count > 1, let outside = try? Name(labels: rest) else { return nil }
    guard type == .a || type == .aaaa else { return no(.noError, place, into: &writer) }
    return follow(outside, type, place, from: name.name, into: &writer)
  }

  /// Labels in front of the zone's name; `nil` for a name of another zone.
  private func labelsInZone(_ name: borrowing QueryName) -> Int? {
    let count = name.labelCount - zone.labelCount
    return count >= 0 && name.hasSuffix(settings.zone.wire, fromLabel: count) ? count : nil
  }

  private func text(_ name: borrowing QueryName, _ label: Int) -> String {
    String(decoding: name.octets[name.labelRange(label)], as: UTF8.self)
  }
}
