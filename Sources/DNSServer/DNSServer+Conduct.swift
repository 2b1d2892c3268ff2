// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import Naming

/// What an explanation of a name wants to know of the server: asked of the parts that answer clients.
extension DNSServer: ServerConduct {
  package func fate(of name: Name, _ type: RecordType) -> OutsideFate {
    forwarder.plan.fate(of: Question(name: name, type: type), in: index.snapshot)
  }

  package func holdMilliseconds(_ name: Name, in snapshot: NameSnapshot) -> Int64 {
    guard let hold = pods?.hold, hold.isWorthwhile(QueryName(name), in: snapshot) else { return 0 }
    return live.settings.hold.milliseconds
  }

  package var completesNames: Bool { pods != nil && live.settings.completesNames }

  package var fallback: [String] {
    live.responder.value.isUnsure ? live.settings.forwarding.fallback.map(\.description) : []
  }
}

extension ForwardPlan {
  /// What `decide` makes of a question, in words.
  func fate(of question: Question, in snapshot: NameSnapshot) -> OutsideFate {
    let domain = route(for: question.name).map { Name(uncheckedWire: Array($0.domain)) }
    func local(_ answer: ForwardedAnswer, _ reason: OutsideFate.LocalAnswer.Reason) -> OutsideFate {
      let exists = isParent(question.name) || snapshot.isParent(question.name)
      let code = exists ? .noError : answer.responseCode
      return .answered(.init(code: code, records: answer.records?.answers ?? [], reason: reason))
    }
    switch decide(question) {
    case .fixed(let answer):
      let isOfFile = staticNames.place(of: question.name) == .file
      return local(
        answer, .staticName(place: isOfFile ? "hosts.file (\(settings.staticNames.file ?? ""))" : "hosts.entries"))
    case .special(let answer):
      let (domain, meaning) = special.reason(question.name)
        ?? (domain: question.name, meaning: "it has a meaning of its own")
      return local(answer, .specialName(domain: domain, meaning: meaning))
    case .ask(let group): return .forwarded(to: group.upstreams.map(\.description), domain: domain)
    case .refuse: return .refused(domain: domain)
    }
  }
}
