// SPDX-License-Identifier: Apache-2.0
package import DNSWire

extension NameSnapshot {
  /// QR and AA: what an answer from here says beside what it repeats. Numbers, for constants of other modules are
  /// calls.
  private static var answerFlags: UInt16 { 0x8400 }
  /// RA.
  private static var recursionFlag: UInt16 { 0x0080 }

  /// What a question was that `answerPlain` has answered.
  package enum PlainAnswer: Sendable {
    /// It is not answered.
    case none
    case ipv4
    case ipv6
  }

  /// Answers the commonest question in one go: for the addresses of a Service or of a host, which are there and fit.
  /// `none`, with the message as it was, for every other: then `answer` has to be asked, which would give the same
  /// octets for this one, and takes many more instructions.
  /// - Parameters:
  ///   - limit: octets that the client takes if it says nothing of it.
  ///   - payloadSize: octets that our OPT record announces, and up to which the client's may raise `limit`.
  ///   - random: decides which of several records comes first.
  package func answerPlain(
    _ buffer: inout MessageBuffer, limit: Int, payloadSize: Int, isRecursionAvailable: Bool, random: UInt32
  ) -> PlainAnswer {
    // `SVC.NS` or `HOST.SVC.NS` in front of `svc.ZONE`.
    guard let question = PlainQuestion(buffer, under: zone.serviceZone) else { return .none }
    let name = unsafe RawSpan(_unsafeStart: question.name, byteCount: question.length)
    let hostEnd = question.hostEnd
    guard let service = tables.service(name, hostEnd..<question.suffixStart) else { return .none }
    let run: ServiceRecords.Run
    if hostEnd == 0 {
      run = service.addresses(isIPv4: question.isIPv4)
    } else {
      guard let host = service.host(name, 0..<hostEnd, seed: tables.seed) else { return .none }
      run = service.addresses(host, isIPv4: question.isIPv4)
    }
    let stride = question.isIPv4 ? 16 : 28
    var (size, limit) = (question.end &+ run.count &* stride, limit)
    if let own = question.payloadSize {
      size &+= PlainQuestion.optLength
      limit = max(limit, min(own, payloadSize))
    }
    guard run.count > 0, size <= min(limit, buffer.capacity) else { return .none }
    let first = Int((UInt64(random) * UInt64(run.count)) >> 32)
    let flags = Self.answerFlags | (isRecursionAvailable ? Self.recursionFlag : 0)
    service.block.withBytes {
      buffer.answerPlain(
        question, $0, from: run.start, count: run.count, stride: stride, startingAt: first, flags: flags,
        payloadSize: payloadSize)
    }
    return question.isIPv4 ? .ipv4 : .ipv6
  }
}

extension QueryName {
  /// Calls `body` with the name in wire format, lower case.
  @inline(__always)
  func withBytes<Result: ~Copyable>(_ body: (RawSpan) -> Result) -> Result {
    body(unsafe RawSpan(_unsafeStart: UnsafeRawPointer(memory), byteCount: length))
  }
}
