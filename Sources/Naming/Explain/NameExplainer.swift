// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import KubeModel
import OrderedCollections

/// Says why names answer as they do. Plain computation over what the server answers and what its objects hold; the same
/// for every front end.
package struct NameExplainer: Sendable {
  /// The kinds that it has a use for.
  package static let kinds: Set<APIResource> = [
    .namespaces, .services, .endpointSlices, .pods, .statefulSets, .deployments, .replicaSets,
  ]

  /// How a pod looks a name up: what its `/etc/resolv.conf` makes of it.
  package struct Lookup: Sendable {
    /// The servers that it asks, in order; nil for its node's, which are not known.
    package var servers: [HostAddress]?
    /// The names that it asks for until one answers.
    package var names: [Name]

    package init(servers: [HostAddress]?, names: [Name]) {
      self.servers = servers
      self.names = names
    }
  }

  private let names: NameIndex
  private let objects: ClusterObjects
  private let conduct: any ServerConduct
  private let showsArguments: Bool
  private let lookup: @Sendable (String, Pod) throws -> Lookup

  /// - Parameters:
  ///   - kinds: those of ``kinds`` that `source` has. Of others nothing is said.
  ///   - namespaces: those whose objects it has of them; nil for all. Of others nothing is said.
  ///   - filter: what of the objects is served.
  ///   - conduct: the server that the names are served by.
  ///   - showsArguments: whether arguments of probes are told, which may hold secrets: for those who may read the pods.
  ///   - lookup: throws where the text is no domain name.
  package init(
    names: NameIndex, source: any ObjectSource, kinds: Set<APIResource> = Self.kinds,
    namespaces: Set<String>? = nil, filter: ObjectFilter = ObjectFilter(), conduct: any ServerConduct,
    showsArguments: Bool = true, lookup: @escaping @Sendable (String, Pod) throws -> Lookup
  ) {
    self.names = names
    objects = ClusterObjects(source, kinds: kinds, namespaces: namespaces, filter: filter)
    self.conduct = conduct
    self.showsArguments = showsArguments
    self.lookup = lookup
  }

  /// - Throws: where the pod that is to ask does not exist, or could not be read.
  package func explain(_ request: ExplainRequest) throws(StatusError) -> Explanation {
    var pod: Pod?
    if let name = request.pod {
      pod = objects.pod(request.namespace, name)
      guard pod != nil else { throw missing(name, request.namespace) }
    }
    let evidence = Evidence(
      snapshot: names.snapshot, objects: objects, conduct: conduct, showsArguments: showsArguments)
    let whole: Name
    var request = request
    do throws(WireError) {
      if let address = HostAddress(request.name) {
        // As `dig -x` does.
        whole = address.reverseName
        if request.type == .a { request.type = .ptr }
      } else {
        whole = try Name(request.name)
      }
    } catch {
      return invalid(request, error)
    }
    let asker = pod ?? Pod(KubeObject(["metadata": ["namespace": .string(request.namespace)]], of: .pods))
    var lookup = Lookup(servers: [], names: [whole])
    if pod != nil || !isWhole(request.name, whole) {
      // It is a name; with a search domain behind it, one that is too long is passed over.
      lookup = (try? self.lookup(request.name, asker)) ?? lookup
    }
    var inquiries: [Inquiry] = []
    for name in lookup.names {
      inquiries.append(Inquiry.run(name, request.type, evidence))
      if inquiries[inquiries.count - 1].answers { break }
    }
    var chosen = inquiries[choose(inquiries, whole)]
    if let pod, let first = inquiries.first, inquiries.count > 1 { addCompletion(&chosen, pod, first) }
    return explanation(request, chosen, inquiries, elsewhere(pod, lookup.servers))
  }

  /// Of a pod that is to ask.
  private func missing(_ pod: String, _ namespace: String) -> StatusError {
    let isNowhere = objects.reads(.namespaces, in: nil) && objects.namespace(namespace) == nil
    if isNowhere || objects.reads(.pods, in: namespace) { return .notFound(.pods, pod) }
    return StatusError(
      .serviceUnavailable,
      "\(objects.unread(.pods, in: namespace)) were not read, so it is not known how Pod \(namespace)/\(pod) asks; "
        + "leave it out to have the name explained as for a pod without settings of its own")
  }

  /// Whether a name is asked for as it is, by someone who says nothing of who asks.
  private func isWhole(_ text: String, _ name: Name) -> Bool {
    text.hasSuffix(".") || HostAddress(text) != nil || name.isEqual(toOrBelow: names.settings.zone)
      || [ReverseZone.inAddrArpa, .ip6Arpa].contains { name.isEqual(toOrBelow: $0.name) }
  }

  /// The question that matters most: the one that answers; else the one of whose labels, as they were given, most stand
  /// for something; else the name as it is, unless it is one label, which is more likely a Service.
  private func choose(_ inquiries: [Inquiry], _ whole: Name) -> Int {
    let last = inquiries.count - 1
    if inquiries[last].answers { return last }
    let scores = inquiries.map { inquiry in
      let searched = inquiry.name.labels.count - whole.labels.count
      let zone = searched > 0 ? searched - names.settings.zone.labels.count : 0
      return 2 * max(inquiry.depth - max(zone, 0), 0) + (inquiry.isNear ? 1 : 0)
    }
    let best = scores.max() ?? 0
    if best > 0 { return scores.firstIndex(of: best) ?? 0 }
    return whole.labels.count > 1 ? inquiries.firstIndex { $0.name == whole } ?? 0 : 0
  }

  /// That the pod need not go on along its search path, since the server does.
  private func addCompletion(_ chosen: inout Inquiry, _ pod: Pod, _ first: Inquiry) {
    guard conduct.completesNames, !pod.usesHostNetwork, !pod.podIPs.isEmpty, first.verdict == .nameError,
      chosen.type == .a || chosen.type == .aaaa, chosen.answers || chosen.verdict == .forwarded
    else { return }
    chosen.add(
      Finding(
        .searchCompleted, weight: .note,
        "the server goes on along the search path itself (searchCompletion): the pod's first question, for "
          + "\(first.name.text), has this answer already, behind a CNAME record"))
  }

  // MARK: The whole

  /// That the pod does not ask this server, if so.
  private func elsewhere(_ pod: Pod?, _ servers: [HostAddress]?) -> Finding? {
    let ours = names.settings.serverAddresses
    guard let pod, !ours.isEmpty, servers?.first.map({ !ours.contains($0) }) ?? true else { return nil }
    let object = pod.object.objectName
    let policy = pod.spec["dnsPolicy"]?.string ?? "ClusterFirst"
    let asked = servers.map { $0.first.map { "asks \($0)" } ?? "asks no server" } ?? "asks its node's servers"
    let own = ours.map(\.description).joined(separator: ", ")
    if policy == "ClusterFirst", pod.usesHostNetwork {
      return Finding(
        .asksElsewhere, object: object, field: "spec.dnsPolicy", found: policy, wanted: "ClusterFirstWithHostNet",
        "runs on the node's network with dnsPolicy: ClusterFirst, and so \(asked), not the cluster's DNS (\(own))",
        remedy: objects.change("spec.dnsPolicy", of: pod, to: "ClusterFirstWithHostNet"))
    }
    return Finding(
      .asksElsewhere, object: object, field: "spec.dnsPolicy", found: policy, wanted: "ClusterFirst",
      "has dnsPolicy: \(policy), and so \(asked), not the cluster's DNS (\(own))",
      remedy: policy == "None"
        ? objects.change("spec.dnsConfig.nameservers", of: pod, to: "[\(own)]", isList: true)
        : objects.change("spec.dnsPolicy", of: pod, to: "ClusterFirst"))
  }

  /// That the server asks others for the name just now, if so, and what it would say itself.
  private func fallback(_ inquiry: Inquiry) -> Finding? {
    let servers = conduct.fallback
    guard !servers.isEmpty, inquiry.isOurs else { return nil }
    let why = inquiry.evidence.snapshot.isSynced
      ? "the API server is away, and what is known may be old" : "not all of the cluster's names are known yet"
    return Finding(
      .fallbackAsked, weight: .note, found: servers.joined(separator: ","),
      "\(inquiry.name.text) is asked of \(servers.listed) for now (kubernetes.fallback), for \(why); by what is known "
        + "here, \(summary(inquiry))")
  }

  private func explanation(
    _ request: ExplainRequest, _ chosen: Inquiry, _ inquiries: [Inquiry], _ elsewhere: Finding?
  ) -> Explanation {
    let fallback = fallback(chosen)
    let isOfOthers = elsewhere != nil || fallback != nil
    let findings = [elsewhere, fallback].compactMap(\.self)
      + chosen.findings.map { isOfOthers ? $0.weighing(.note) : $0 }
    let verdict = fallback == nil ? chosen.verdict : .forwarded
    return Explanation(
      request: request, name: chosen.name, verdict: elsewhere == nil ? verdict : .elsewhere,
      summary: (elsewhere ?? fallback)?.sentence ?? summary(chosen),
      records: fallback == nil ? chosen.answer.records : [], checks: chosen.checks, findings: findings,
      steps: inquiries.map { step($0) })
  }

  private func step(_ inquiry: Inquiry) -> Explanation.Step {
    if let fallback = fallback(inquiry) {
      return Explanation.Step(name: inquiry.name, verdict: .forwarded, records: [], because: fallback.sentence)
    }
    return Explanation.Step(
      name: inquiry.name, verdict: inquiry.verdict, records: inquiry.answer.records,
      because: inquiry.answers ? "" : inquiry.findings.first.map(\.sentence) ?? "")
  }

  private func summary(_ inquiry: Inquiry) -> String {
    let name = inquiry.name.text
    switch inquiry.verdict {
    case .answers: return "\(name) answers: \(inquiry.answer.records.map { "\($0.type) \($0.dataText)" }.listed)"
    case .noData where inquiry.answer.records.isEmpty: return "\(name) exists, and has no \(inquiry.type) record"
    case .noData where inquiry.leadsToNobody:
      return "\(name) is another name, for one outside the cluster that nobody is asked for"
    case .noData: return "\(name) is another name, for one without \(inquiry.type) record"
    case .nameError where !inquiry.answer.records.isEmpty:
      return "\(name) is another name, for one that does not exist (NXDOMAIN)"
    case .nameError: return "\(name) does not exist (NXDOMAIN)"
    case .serverFailure: return "\(name) cannot be answered (SERVFAIL)"
    case .refused: return "\(name) is refused (REFUSED)"
    case .forwarded where !inquiry.answer.records.isEmpty: return "\(name) is another name, for one outside the cluster"
    case .forwarded: return "\(name) is no name of this cluster, and is asked for elsewhere"
    case .elsewhere, .invalid: return ""  // Not of a name that was asked for here.
    }
  }

  /// RFC 1035 §2.3.4.
  private func invalid(_ request: ExplainRequest, _ error: WireError) -> Explanation {
    let parts = request.name.split(separator: ".", omittingEmptySubsequences: false)
    let long = parts.first { $0.utf8.count > DNSWire.Name.maximumLabelLength }
    let text =
      if error == .nameTooLong {
        "a name has at most \(Name.maximumLength) octets on the wire, and this one more"
      } else if let long {
        "a label has at most \(Name.maximumLabelLength) octets, and \"\(long)\" has \(long.utf8.count)"
      } else if parts.dropLast().contains("") {
        "there is nothing between two dots, or before the first"
      } else {
        "it is no domain name: \(error)"
      }
    return Explanation(
      request: request, name: nil, verdict: .invalid, summary: "\"\(request.name)\" cannot be asked for: \(text)",
      records: [], checks: [],
      findings: [Finding(.nameInvalid, found: request.name, text)], steps: [])
  }
}

extension Finding {
  /// The text with the object in front.
  package var sentence: String { object.map { "\($0) \(text)" } ?? text }
}
