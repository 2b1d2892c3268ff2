// SPDX-License-Identifier: Apache-2.0
import DNSWire

extension Explanation {
  /// The explanation for people, a line each: what is so; the questions, where there are several; what is as it should
  /// be (✓), what is not (✗) and what else to know (·); what to change.
  package var text: String {
    var lines = [summary]
    if steps.count > 1 {
      let who = request.pod.map { "Pod \(request.namespace)/\($0)" } ?? "a pod of namespace \(request.namespace)"
      lines += ["", "As \(who) asks:"]
      for (number, step) in steps.enumerated() {
        let mark = step.name == name ? "→" : " "
        lines.append("\(mark) \(number + 1). \(step.name) \(request.type)  \(step.words)")
      }
    }
    if !checks.isEmpty || !findings.isEmpty { lines.append("") }
    for check in checks { lines.append("  ✓ " + (check.object.map { "\($0) \(check.text)" } ?? check.text)) }
    for finding in findings {
      let mark = finding.weight == .cause && verdict != .answers ? "✗" : "·"
      lines.append("  \(mark) \(finding.sentence) [\(finding.code.rawValue)]")
    }
    if !remedies.isEmpty { lines.append("") }
    for remedy in remedies { lines.append("To change: \(remedy)") }
    return lines.joined(separator: "\n")
  }
}

extension Explanation.Step {
  /// How the question ends, in the words of other DNS tools.
  fileprivate var words: String {
    switch verdict {
    case .answers: records.map(\.dataText).listed
    case .noData: "no such record"
    case .nameError: "NXDOMAIN"
    case .serverFailure: "SERVFAIL"
    case .refused: "REFUSED"
    case .forwarded: "asked for elsewhere"
    case .elsewhere, .invalid: ""
    }
  }
}
