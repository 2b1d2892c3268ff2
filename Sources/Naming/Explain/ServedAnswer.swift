// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What is answered to one question: by the code that answers clients, so that the two cannot differ.
struct ServedAnswer: Sendable {
  let resolution: Resolution
  /// The answer section, whole, as far as it is known here.
  let records: [Record]
  /// What becomes of the question where it leaves the cluster's names; nil where it does not.
  let fate: OutsideFate?

  init(_ name: Name, _ type: RecordType, from snapshot: NameSnapshot, _ conduct: any ServerConduct) {
    var buffer = MessageBuffer(capacity: Int(UInt16.max))
    buffer.append(Message(id: 0, question: Question(name: name, type: type), edns: nil).encoded)
    let questionEnd = buffer.count
    var writer = AnswerWriter(buffer, questionEnd: questionEnd, limit: Int(UInt16.max))
    resolution = snapshot.answer(QueryName(name), type, into: &writer, random: 0)
    writer.writeHeader(id: 0, flags: .authoritative, responseCode: .noError)
    let own = (try? Message(parsing: writer.finish().octets).answers) ?? []
    switch resolution {
    case .notOurs: fate = conduct.fate(of: name, type)
    case .alias(let target): fate = conduct.fate(of: target, type)
    case .answered: fate = nil
    }
    if case .answered(let local)? = fate { records = own + local.records } else { records = own }
  }

  func verdict(_ type: RecordType) -> Explanation.Verdict {
    let code: ResponseCode
    switch (resolution, fate) {
    case (.answered(let answered), _): code = answered
    case (_, .answered(let local)?): code = local.code
    case (_, .forwarded?): return .forwarded
    // The CNAME alone, as what is known here is the whole answer.
    case (.alias, .off?), (.alias, .refused?): return .noData
    case (_, .refused?), (_, .off?), (_, nil): return .refused
    }
    switch code {
    case .noError:
      // For addresses, a CNAME alone is not what was asked for. For other types, clients follow it themselves.
      let isWanted = (type == .a || type == .aaaa) ? records.contains { $0.type == type } : !records.isEmpty
      return isWanted ? .answers : .noData
    case .nameError: return .nameError
    case .serverFailure: return .serverFailure
    default: return .refused
    }
  }
}
