// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

/// What an explanation goes by: the answers that are served, the objects, and where other names are asked for.
struct Evidence: Sendable {
  let snapshot: NameSnapshot
  let objects: ClusterObjects
  let conduct: any ServerConduct
  /// Whether arguments of commands are told, which may hold secrets.
  var showsArguments = true

  var settings: NamingSettings { snapshot.settings }
  /// The zone as people write it.
  var zone: String { settings.zone.text }

  func verdict(_ name: Name, _ type: RecordType) -> Explanation.Verdict {
    ServedAnswer(name, type, from: snapshot, conduct).verdict(type)
  }
}

/// Finds out why one whole name answers as it does.
///
/// It goes from the right of the name to its left, as the zone is built, and stops at the first thing that is missing.
/// What is served comes first: nothing is called a cause that the answer does not bear out.
struct Inquiry {
  /// Things of one kind that a text lists; more are counted.
  static let maximumListed = 5

  let evidence: Evidence
  let name: Name
  let type: RecordType
  let answer: ServedAnswer
  let verdict: Explanation.Verdict
  var checks: [Explanation.Check] = []
  var findings: [Finding] = []
  /// What would have been looked at, and was not read, in words.
  var unread: [String] = []
  /// Labels, from the zone leftwards, that stand for something that exists.
  var depth = 0
  /// Whether what is missing is nearly something that exists.
  var isNear = false

  /// What became of the question where it left the cluster's names; nil where it did not.
  var fate: OutsideFate? { answer.fate }
  var objects: ClusterObjects { evidence.objects }
  var zone: String { evidence.zone }
  var answers: Bool { verdict == .answers }
  /// Whether the name is the cluster's, and others are asked for it only where the server falls back on them.
  var isOurs: Bool { evidence.snapshot.isOurs(QueryName(name)) }
  var hasCause: Bool { findings.contains { $0.weight == .cause } }

  init(_ name: Name, _ type: RecordType, _ evidence: Evidence) {
    self.evidence = evidence
    self.name = name
    self.type = type
    answer = ServedAnswer(name, type, from: evidence.snapshot, evidence.conduct)
    verdict = answer.verdict(type)
  }

  /// The name's inquiry, carried out.
  static func run(_ name: Name, _ type: RecordType, _ evidence: Evidence) -> Inquiry {
    var inquiry = Inquiry(name, type, evidence)
    inquiry.run()
    return inquiry
  }

  mutating func check(_ object: ObjectName?, _ text: String) {
    checks.append(Explanation.Check(object: object, text: text))
  }

  mutating func add(_ finding: Finding) { findings.append(finding) }

  /// What keeps a pod from being ready; nil where nothing does.
  func unreadiness(of pod: Pod) -> Finding? {
    PodReadiness(pod, showsArguments: evidence.showsArguments).finding
  }

  /// `SVC.NS.svc.ZONE`
  func dnsName(_ service: ServiceID) -> String { "\(service.name).\(service.namespace).svc.\(zone)" }

  /// What to do about a label that is misspelt: the whole name, where that has an answer.
  func correction(_ label: String, _ right: String) -> String {
    answering(label, right).map { "ask for \($0.text)" } ?? "write \"\(right)\" for \"\(label)\""
  }

  /// The name with another label in place of one, where that has an answer.
  func answering(_ label: String, _ right: String) -> Name? {
    var labels = name.labelTexts
    if let index = labels.lastIndex(of: label) { labels[index] = right }
    let corrected = try? Name(labels: labels.map { Array($0.utf8) })
    return corrected.flatMap { evidence.verdict($0, type) == .answers ? $0 : nil }
  }

  private mutating func run() {
    if verdict == .serverFailure, !evidence.snapshot.isSynced {
      add(
        Finding(
          .notSynced, "not everything that exists has been read yet, so a name that is missing may only be missing yet",
          remedy: "ask again in a moment"))
      return
    }
    if name.isEqual(toOrBelow: evidence.settings.zone) {
      inquireInZone()
    } else if case .answered(let local)? = fate {
      inquire(local: local)
    } else if evidence.settings.answersReverse, let zone = reverseZone {
      inquire(address: QueryName(name).reverseAddress(in: zone), zone)
    } else {
      inquireOutside()
    }
    addRest()
    // What would be a cause of a "no" is none of an answer.
    if answers { findings = findings.map { $0.weighing(.note) } }
    // Stable, so that each weight keeps the order in which things were found.
    findings = findings.filter { $0.weight == .cause } + findings.filter { $0.weight == .note }
  }

  private var reverseZone: ReverseZone? {
    [ReverseZone.inAddrArpa, .ip6Arpa].first { name.isEqual(toOrBelow: $0.name) }
  }

  private mutating func inquireInZone() {
    guard !type.isZoneTransfer else {
      add(
        Finding(
          .zoneTransfer, "\(type) asks for the whole zone, which only allowed peers are given, over TCP",
          remedy: "ask for A, AAAA or SRV"))
      return
    }
    let labels = Array(name.labelTexts.dropLast(evidence.settings.zone.labels.count))
    if verdict == .nameError, labels.contains("*") { return inquire(wildcard: labels) }
    switch NameShape(labels) {
    case .branch("pod") where !requirePodNames(): break
    case .apex, .server, .branch: check(nil, "\(name.text) is a name that every zone has")
    case .namespace(let namespace, let branch): inquire(namespace: namespace, branch)
    case .service(let service): inquire(service: service)
    case .below(let label, let service): inquire(label, below: service)
    case .port(let port, let transport, let service): inquire(port: port, transport: transport, service)
    case .pod(let label, let namespace): inquire(pod: label, namespace)
    case .deeper(let branch, let longest): inquire(labels, deeperThan: longest, branch)
    case .unknown: inquire(unknown: labels)
    }
  }

  /// What the objects did not tell.
  private mutating func addRest() {
    switch verdict {
    case .noData where !hasCause: add(typeFinding)
    case .nameError where !hasCause && unread.isEmpty, .serverFailure where !hasCause && unread.isEmpty:
      add(
        Finding(
          .changing, "the objects give this name, and the answer does not have it yet: they are changing just now",
          remedy: "ask again in a moment"))
    default: break
    }
    addUnread()
    addHold()
    if answers, name.wire != name.lowercased.wire {
      add(
        Finding(
          .caseDiffers, weight: .note, wanted: name.lowercased.text,
          "letter case makes no difference in names: \(name.lowercased.text) is the same"))
    }
  }

  // MARK: Types

  /// The types that the name has records of, as they are served.
  var servedTypes: [RecordType] {
    [.a, .aaaa, .cname, .srv, .ptr, .txt, .ns, .soa].filter { type in
      ServedAnswer(name, type, from: evidence.snapshot, evidence.conduct).records
        .contains { $0.type == type && $0.name == name }
    }
  }

  /// For a name that exists without records of the type.
  private var typeFinding: Finding {
    let types = servedTypes
    if types.isEmpty {
      return Finding(
        .noRecords,
        unread.isEmpty
          ? "the name exists because there are names below it, and has no records itself"
          : "the name exists, and has no records itself")
    }
    let list = types.map(\.description).joined(separator: ", ")
    return Finding(
      .typeMissing, found: list, wanted: type.description, "the name has no \(type) record; it has \(list)",
      remedy: "ask for \(types[0])")
  }
}

extension Collection<String> {
  /// `a, b, c`, at most ``Inquiry/maximumListed``, and how many more there are.
  var listed: String {
    let shown = prefix(Inquiry.maximumListed).joined(separator: ", ")
    return count <= Inquiry.maximumListed ? shown : "\(shown) and \(count - Inquiry.maximumListed) more"
  }
}
