// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Naming

/// Puts a message to the server. The first octet of the input says how, the rest is the message.
enum AnswerTarget {
  private struct Mode {
    var overTCP: Bool
    var forwards: Bool
    var snapshot: NameSnapshot
    var random: UInt32

    init(_ octet: UInt8) {
      overTCP = octet & 1 != 0
      forwards = octet & 2 != 0
      snapshot = (octet & 4 != 0 ? FuzzCluster.verified : FuzzCluster.insecure).snapshot
      random = UInt32(octet >> 3) << 27
    }

    var answerer: MessageAnswerer { forwards ? MessageSource.forwarding : MessageSource.answerer }

    func answer(_ message: [UInt8], overTCP: Bool) -> [UInt8]? {
      answerer.answer(message, overTCP: overTCP, from: snapshot, random: random)
    }
  }

  /// First octets that are worth starting from.
  static let modes: [UInt8] = [0, 1, 0x4E]

  static func run(_ input: [UInt8]) throws(FuzzFailure) {
    guard let first = input.first else { return }
    let mode = Mode(first)
    let request = Array(input.dropFirst())
    let reply = mode.answer(request, overTCP: mode.overTCP)
    try ReplyCheck.check(request: request, reply: reply, overTCP: mode.overTCP, mayForward: mode.forwards)
    guard let reply, case .query(let query) = Query.check(unsafe request.span.bytes) else { return }
    try compareTransports(request, mode)
    try compareCase(request, reply, questionEnd: query.questionEnd, mode)
  }

  /// UDP says the same as TCP, or a part of it and that it is a part.
  private static func compareTransports(_ request: [UInt8], _ mode: Mode) throws(FuzzFailure) {
    guard let datagram = mode.answer(request, overTCP: false).flatMap({ try? Message(parsing: $0) }),
      let stream = mode.answer(request, overTCP: true).flatMap({ try? Message(parsing: $0) })
    else { throw FuzzFailure("an answer over one transport, and none over the other") }
    try FuzzFailure.unless(datagram.responseCode == stream.responseCode, "two transports, two codes")
    try FuzzFailure.unless(
      Set(datagram.answers).isSubset(of: stream.answers), "UDP answers with records that TCP does not have")
    try FuzzFailure.unless(!stream.header.flags.contains(.truncated), "TCP is cut")
    if !datagram.header.flags.contains(.truncated) {
      try FuzzFailure.unless(
        datagram.answers.count == stream.answers.count && datagram.authorities == stream.authorities,
        "cut, and does not say so")
    }
  }

  /// Upper case makes no difference but in the question itself (RFC 4343).
  private static func compareCase(
    _ request: [UInt8], _ reply: [UInt8], questionEnd: Int, _ mode: Mode
  ) throws(FuzzFailure) {
    var upper = request
    for place in Header.length..<(questionEnd - 4) where upper[place] &- 0x61 < 26 { upper[place] &-= 0x20 }
    guard upper != request else { return }
    // Length octets are below 64, so only letters changed.
    guard let other = mode.answer(upper, overTCP: mode.overTCP) else {
      throw FuzzFailure("upper case has no answer")
    }
    try FuzzFailure.unless(
      other[..<Header.length] == reply[..<Header.length] && other[questionEnd...] == reply[questionEnd...],
      "upper case has another answer")
  }
}
