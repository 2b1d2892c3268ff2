// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming

/// Builds the zone in two ways, by changes one after the other and at once, and asks both for every name there may be.
/// What they answer is what plain zone data would (`ReferenceZone`).
enum ZoneTarget {
  private struct Asked {
    var name: Name
    var type: RecordType
    /// A request without EDNS.
    var request: [UInt8]
  }

  static let seeds: [[UInt8]] = {
    var mutator = Mutator(seed: 1)
    return (0..<24).map { number in (0..<(16 + number * 6)).map { _ in UInt8(mutator.below(256)) } }
  }()

  static func run(_ input: [UInt8]) throws(FuzzFailure) {
    let changes = ZoneChanges(Array(input.dropFirst()))
    var settings = FuzzCluster.settings
    let octet = input.first ?? 0
    settings.podNames = octet & 1 == 0 ? .insecure : .verified
    settings.givesAllReverseNames = octet & 2 != 0
    let stepwise = NameIndex(settings)
    for batch in changes.batches { stepwise.apply(batch) }

    // Its SOA shall be the same, whichever number of changes it counts.
    settings.firstSerial = stepwise.snapshot.serial &- 1
    let fresh = NameIndex(settings)
    let objects = changes.objects.values.sorted {
      ($0.resource.plural, $0.metadata.namespace, $0.metadata.name)
        < ($1.resource.plural, $1.metadata.namespace, $1.metadata.name)
    }
    fresh.apply(objects.map { .updated($0) } + [.synced])
    try compare(stepwise.snapshot, fresh.snapshot, ReferenceZone(objects))
  }

  private static func compare(
    _ stepwise: NameSnapshot, _ fresh: NameSnapshot, _ reference: ReferenceZone
  ) throws(FuzzFailure) {
    try FuzzFailure.unless(stepwise.isSynced && fresh.isSynced, "synced, and does not say so")
    for asked in questions {
      let left = answer(asked, stepwise)
      let right = answer(asked, fresh)
      try compare(left, reference, asked)
      if left == right { continue }
      // Where an address has several names, their order may differ.
      guard let left = try? Message(parsing: left), let right = try? Message(parsing: right) else {
        throw FuzzFailure("\(asked.name) \(asked.type): no message")
      }
      try FuzzFailure.unless(
        left.header == right.header && Set(left.answers) == Set(right.answers)
          && Set(left.additionals) == Set(right.additionals) && left.authorities == right.authorities,
        "\(asked.name) \(asked.type): after changes \(left.header.flags.responseCode) \(left.answers), "
          + "at once \(right.header.flags.responseCode) \(right.answers)")
    }
  }

  private static func compare(
    _ answer: [UInt8], _ reference: ReferenceZone, _ asked: Asked
  ) throws(FuzzFailure) {
    guard let expected = reference.answer(asked.name.description, asked.type) else { return }
    guard let header = try? Header(parsing: unsafe answer.span.bytes) else { throw FuzzFailure("no message") }
    try FuzzFailure.unless(
      header.flags.responseCode == expected.code,
      "\(asked.name) \(asked.type): \(header.flags.responseCode), but \(expected.code) follows from the objects")
    if header.answerCount == 0, expected.records.isEmpty { return }
    let records = Set(((try? Message(parsing: answer))?.answers ?? []).map { "\($0.name) \($0.type) \($0.dataText)" })
    try FuzzFailure.unless(
      records == expected.records,
      "\(asked.name) \(asked.type): \(records.sorted()), but \(expected.records.sorted()) follows from the objects")
  }

  private static func answer(_ asked: Asked, _ snapshot: NameSnapshot) -> [UInt8] {
    var buffer = MessageBuffer(capacity: 16_384)
    buffer.append(asked.request)
    var writer = AnswerWriter(buffer, questionEnd: asked.request.count, limit: 16_384)
    var code = ResponseCode.refused
    if case .answered(let answered) = snapshot.answer(QueryName(asked.name), asked.type, into: &writer, random: 0) {
      code = answered
    }
    writer.writeHeader(id: 0, flags: [], responseCode: code)
    return writer.finish().octets
  }

  /// Every name that the changes can make, and some that they cannot.
  private static let questions: [Asked] = {
    var questions: [Asked] = []
    func ask(_ text: String, _ types: RecordType...) {
      guard let name = try? Name(text) else { return }
      for type in types {
        let request = Message(id: 0, question: Question(name: name, type: type), edns: nil).encoded
        questions.append(Asked(name: name, type: type, request: request))
      }
    }
    ask("cluster.local", .soa, .ns, .a)
    for namespace in ZoneChanges.namespaces {
      ask("\(namespace).svc.cluster.local", .a)
      ask("\(namespace).pod.cluster.local", .a)
      for address in ["10-0-0-1", "10-0-0-2", "fd00--1"] { ask("\(address).\(namespace).pod.cluster.local", .a, .aaaa) }
      for service in ZoneChanges.services {
        let base = "\(service).\(namespace).svc.cluster.local"
        ask(base, .a, .aaaa, .srv, .cname, .any)
        for host in Set(ZoneChanges.hosts.map { $0.lowercased() }).union(["10-0-0-2", "fd00--1"]).sorted() {
          ask("\(host).\(base)", .a, .aaaa)
        }
        for port in ["_http._tcp", "_dns._tcp"] { ask("\(port).\(base)", .srv) }
      }
    }
    for address in ZoneChanges.addresses.compactMap({ HostAddress($0) }) {
      ask(address.reverseName.description, .ptr)
    }
    return questions
  }()
}
