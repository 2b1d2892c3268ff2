// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import NIOPosix

@testable import DNSServer

/// An upstream that does over UDP what a test says. Over TCP it takes connections, and is silent.
struct ScriptedUpstream: Sendable {
  /// Requests in the order in which they came.
  typealias Script = @Sendable (_ request: Message, _ number: Int) -> [[UInt8]]

  static func run<Result: Sendable>(
    _ script: @escaping Script, _ body: (Upstream) async throws -> Result
  ) async throws -> Result {
    let address = HostAddress("127.0.0.1")!
    let sockets = try DNSSockets.open(address, port: 0)
    let socket = sockets.datagrams[0]
    let upstream = Upstream(address, port: try DatagramSocket.place(of: socket).port)
    let thread = NIOThreadPool(numberOfThreads: 1)
    thread.start()
    async let serving: Void = thread.runIfActive {
      try socket.setBlocking()
      var batch = try DatagramBatch(count: 1, size: 4096)
      var number = 0
      while true {
        _ = try batch.receive(from: socket)
        let length = batch.length(0)
        guard length > 0 else { return }
        let request = try Message(parsing: unsafe [UInt8](batch.buffer(0)[..<length]))
        for reply in script(request, number) { try DatagramSocket.send(reply, to: batch.peer(0), from: socket) }
        number += 1
      }
    }
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(upstream)) } catch { result = .failure(error) }
    DatagramSocket.endReception(socket)
    try await serving
    try await thread.shutdownGracefully()
    withExtendedLifetime(sockets) {}
    return try result.get()
  }

  static func reply(
    to request: Message, _ flags: Header.Flags = [.response, .recursionAvailable], address: String? = "192.0.2.1",
    ttl: UInt32 = 60, id: UInt16? = nil, name: Name? = nil
  ) -> [UInt8] {
    let owner = name ?? request.questions[0].name
    let answers = address.flatMap { HostAddress($0) }.map {
      [Record(name: owner, type: .a, ttl: ttl, data: $0.octets)]
    }
    return message(to: request, flags, answers: answers ?? [], id: id, name: name)
  }

  static func message(
    to request: Message, _ flags: Header.Flags = [.response, .recursionAvailable], code: ResponseCode? = nil,
    answers: [Record] = [], authorities: [Record] = [], id: UInt16? = nil, name: Name? = nil
  ) -> [UInt8] {
    var question = request.questions[0]
    if let name { question.name = name }
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(Message(id: 0, question: question, edns: nil).encoded)
    var writer = AnswerWriter(buffer, questionEnd: buffer.count, limit: 4096)
    for record in answers { writer.append(record, in: .answer) }
    for record in authorities { writer.append(record, in: .authority) }
    writer.writeHeader(
      id: id ?? request.header.id, flags: flags, responseCode: code ?? flags.responseCode, payloadSize: nil)
    return writer.finish().octets
  }
}
