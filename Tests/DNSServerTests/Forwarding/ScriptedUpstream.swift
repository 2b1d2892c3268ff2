// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import NIOCore
import NIOPosix

@testable import DNSServer

/// An upstream that does what a test says. Where that is for UDP alone, it takes connections, and is silent there.
struct ScriptedUpstream: Sendable {
  /// Requests in the order in which they came.
  typealias Script = @Sendable (_ request: Message, _ number: Int) -> [[UInt8]]

  static func run<Result: Sendable>(
    _ script: @escaping Script, overTCP streamScript: Script? = nil, _ body: (Upstream) async throws -> Result
  ) async throws -> Result {
    let address = HostAddress("127.0.0.1")!
    let sockets = try DNSSockets.open(address, port: 0)
    var listener: (any Channel)?
    if let streamScript {
      listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(ScriptedConnection(streamScript))
          }
        }
        .withBoundSocket(sockets.streams[0].duplicated()).get()
    }
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
    try await listener?.close()
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
      id: id ?? request.header.id, flags: flags, responseCode: code ?? flags.responseCode)
    return writer.finish().octets
  }
}

/// One connection to such an upstream.
private final class ScriptedConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let script: ScriptedUpstream.Script
  private var received = ByteBuffer()
  private var number = 0

  init(_ script: @escaping ScriptedUpstream.Script) { self.script = script }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    while let frame = received.readLengthPrefixedSlice(as: UInt16.self) {
      guard let request = try? Message(parsing: Array(frame.readableBytesView)) else { return }
      for reply in script(request, number) {
        var buffer = ByteBuffer(integer: UInt16(reply.count))
        buffer.writeBytes(reply)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
      }
      number += 1
    }
  }
}
