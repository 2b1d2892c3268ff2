// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Takes out of an upstream's message what answers the question: the records of the name asked for, and of the names
/// that CNAME and DNAME records lead to from there. Everything else stays out, so no upstream can slip a client, or our
/// memory, records of a name that was not asked for (RFC 5452 §6, RFC 2181 §5.4.1).
struct AnswerCheck {
  /// Links of a chain that are followed; a longer one is a fault.
  static let maximumLinks = 16

  /// CNAME records, then records of the type asked for, in the order of the chain.
  private(set) var answers: [Record] = []
  /// For a "no": the SOA record of a zone that the last name is in; and where no recursion was asked for, a referral.
  private(set) var authorities: [Record] = []

  /// `nil` if the message holds records and none of them answers, if its chain leads in a circle or too far, or if it
  /// sends a client that wants the answer elsewhere.
  init?(_ message: Message, _ question: Question, recursionDesired: Bool = true) {
    if recursionDesired, message.isReferral { return nil }
    var rest = message.answers.filter { $0.recordClass == .internet }
    var name = question.name
    var passed: Set = [name]
    var links = 0
    while let (next, isSynthesized) = Self.takeLink(from: &rest, name, question.type, into: &answers) {
      links += isSynthesized ? 0 : 1
      guard links <= Self.maximumLinks, answers.count <= 2 * Self.maximumLinks,
        isSynthesized || passed.insert(next).inserted
      else { return nil }
      name = next
    }
    let final = rest.filter { $0.name == name && ($0.type == question.type || question.type == .any) }
    answers += final
    guard message.answers.isEmpty || !answers.isEmpty else { return nil }
    guard final.isEmpty else { return }
    authorities = message.authorities.filter {
      ($0.type == .soa || $0.type == .ns) && $0.recordClass == .internet && name.isEqual(toOrBelow: $0.name)
    }
  }

  /// Moves the record that leads on from `name` over to `answers`.
  private static func takeLink(
    from rest: inout [Record], _ name: Name, _ type: RecordType, into answers: inout [Record]
  ) -> (next: Name, isSynthesized: Bool)? {
    if type == .cname || type == .any { return nil }
    // A DNAME record stands for the CNAME record that comes with it (RFC 6672 §3.1).
    if let index = rest.firstIndex(where: {
      $0.type == .dname && $0.name != name && name.isEqual(toOrBelow: $0.name)
    }) {
      answers.append(rest.remove(at: index))
      return (name, true)
    }
    guard let index = rest.firstIndex(where: { $0.type == .cname && $0.name == name }) else { return nil }
    let link = rest.remove(at: index)
    answers.append(link)
    return (Name(uncheckedWire: link.data), false)
  }
}

extension Message {
  /// Whether a server says no more than who may know: it does not resolve, and has no such zone (RFC 2308 §2.2). A
  /// "no" has an SOA record, or nothing.
  fileprivate var isReferral: Bool {
    responseCode == .noError && answers.isEmpty && !header.flags.contains(.authoritative)
      && authorities.contains { $0.type == .ns } && !authorities.contains { $0.type == .soa }
  }
}
