// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What came in, as an answer to what was asked.
extension Message {
  /// Reads a datagram if it answers `request`. What of it cannot be trusted or read in full, but is an answer, becomes
  /// one with TC, which asks for TCP: it may have been longer than what was offered, or have been changed on its way.
  /// - Parameter requiresCase: whether it must repeat the letter case of the question.
  init?(datagram octets: [UInt8], to request: Message, requiresCase: Bool = false) {
    guard let message = try? Message(parsing: octets) else {
      guard Self.startsAnswer(octets, to: request) else { return nil }
      self.init(cut: request)
      return
    }
    if message.isBareError(to: request) {
      self = message
      return
    }
    guard message.isAnswer(to: request) else { return nil }
    if requiresCase, message.questions[0].name.wire != request.questions[0].name.wire {
      self.init(cut: request)
    } else {
      self = message
    }
  }

  /// An answer with nothing in it.
  private init(cut request: Message) {
    self = request
    header.flags.insert([.response, .truncated])
    edns = nil
  }

  /// Whether this answers `request`: QR is set; id, opcode and question are the same.
  func isAnswer(to request: Message) -> Bool {
    header.id == request.header.id && header.flags.contains(.response)
      && header.flags.opcode == request.header.flags.opcode && questions == request.questions
  }

  /// Whether a server says, without the question, that it will not or cannot answer: old ones do that to EDNS
  /// (RFC 6891 §7), and others to whatever they refuse. It brings no records, so the id is proof enough.
  func isBareError(to request: Message) -> Bool {
    guard header.id == request.header.id, header.flags.contains(.response), questions.isEmpty, answers.isEmpty
    else { return false }
    switch header.flags.responseCode {
    case .formatError, .notImplemented, .serverFailure, .refused: return true
    default: return false
    }
  }

  /// Whether octets that are no whole message begin as an answer to `request` does.
  private static func startsAnswer(_ octets: [UInt8], to request: Message) -> Bool {
    var reader = MessageReader(offset: Header.length)
    let bytes = unsafe octets.span.bytes
    guard let header = try? Header(parsing: bytes), header.id == request.header.id,
      header.flags.contains(.response), header.flags.opcode == request.header.flags.opcode,
      header.questionCount == 1, let question = try? reader.readQuestion(bytes)
    else { return false }
    return question == request.questions.first
  }
}
