// SPDX-License-Identifier: Apache-2.0

/// Why an API server refuses: `meta/v1 Status`.
package struct ServerStatus: Hashable, Sendable, CustomStringConvertible {
  /// Of HTTP.
  package var code: Int
  /// One word for programs: `Expired`.
  package var reason = ""
  /// A sentence for people.
  package var message = ""
  /// How long the server wants to be left alone.
  package var retryAfter: Duration?

  package init(code: Int, reason: String = "", message: String = "", retryAfter: Duration? = nil) {
    self.code = code
    self.reason = reason
    self.message = message
    self.retryAfter = retryAfter
  }

  /// Characters of a message that are kept, and of a reason.
  private static let (messageLimit, reasonLimit) = (512, 80)
  /// What HTTP knows.
  private static let codes = 100...599

  /// A status as it is told and counted: what is none of HTTP's is an error of the server.
  static func known(_ code: Int) -> Int { codes.contains(code) ? code : 500 }

  /// Reads the body of an answer that is an error. What is no status is taken as a text.
  package init(code: Int, body: [UInt8], _ form: AnswerForm) {
    let octets = body.span
    do throws(DecodingProblem) {
      self =
        switch form {
        case .protobuf:
          try Self.read(as: ProtobufForm.self, try ProtobufForm.object(0..<body.count, octets), octets)
        case .json: try Self.read(as: JSONForm.self, try Self.object(body), octets)
        }
    } catch {
      self.init(code: code)
      message = String(decoding: body.prefix(Self.messageLimit), as: UTF8.self).line(of: Self.messageLimit)
    }
    self.code = Self.known(code)
  }

  /// The object, without the blanks and line ends around it.
  private static func object(_ body: [UInt8]) throws(DecodingProblem) -> Range<Int> {
    guard let first = body.firstIndex(where: { !$0.isJSONSpace }), let last = body.lastIndex(where: { !$0.isJSONSpace })
    else { throw DecodingProblem("no body") }
    return first..<(last + 1)
  }

  static func read<Form: WireForm>(
    as form: Form.Type, _ range: Range<Int>, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> ServerStatus {
    var status = ServerStatus(code: 500)
    var cursor = try Form.open(range, octets)
    while let (place, value) = try Form.next(&cursor, octets, ReadFields.status) {
      switch place {
      case 0: status.message = try Form.text(value, octets).line(of: messageLimit)
      case 1: status.reason = try Form.text(value, octets).line(of: reasonLimit)
      case 2:
        var cursor = try Form.open(try Form.message(value), octets)
        while let (_, seconds) = try Form.next(&cursor, octets, ReadFields.statusDetails) {
          let number = try Form.number(seconds, octets)
          if number > 0 { status.retryAfter = .seconds(number) }
        }
      default: status.code = known(Int(truncatingIfNeeded: try Form.number(value, octets)))
      }
    }
    return status
  }

  package var description: String {
    message.isEmpty ? "status \(code)\(reason.isEmpty ? "" : " (\(reason))")" : "status \(code): \(message)"
  }
}
