// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What a snapshot answers to one question: by the code that answers clients, so that the two cannot differ.
struct ServedAnswer: Sendable {
  let resolution: Resolution
  /// The answer section, whole.
  let records: [Record]

  init(_ name: Name, _ type: RecordType, from snapshot: NameSnapshot) {
    var buffer = MessageBuffer(capacity: Int(UInt16.max))
    buffer.append(Message(id: 0, question: Question(name: name, type: type), edns: nil).encoded)
    let questionEnd = buffer.count
    var writer = AnswerWriter(buffer, questionEnd: questionEnd, limit: Int(UInt16.max))
    resolution = snapshot.answer(QueryName(name), type, into: &writer, random: 0)
    writer.writeHeader(id: 0, flags: .authoritative, responseCode: .noError, payloadSize: nil)
    records = (try? Message(parsing: writer.finish().octets).answers) ?? []
  }

  /// - Parameter forwards: whether names that are not ours are asked for elsewhere.
  func verdict(_ type: RecordType, forwards: Bool) -> Explanation.Verdict {
    switch resolution {
    case .notOurs: return forwards ? .forwarded : .refused
    case .alias: return forwards ? .forwarded : .noData
    case .answered(.noError):
      // For addresses, a CNAME alone is not what was asked for. For other types, clients follow it themselves.
      let isWanted = (type == .a || type == .aaaa) ? records.contains { $0.type == type } : !records.isEmpty
      return isWanted ? .answers : .noData
    case .answered(.nameError): return .nameError
    case .answered(.serverFailure): return .serverFailure
    case .answered: return .refused
    }
  }
}
