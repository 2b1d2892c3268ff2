// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

@testable import KubeClient

/// A server of HTTP/1.1 and HTTP/2 on 127.0.0.1 whose every answer the test gives itself.
final class TestPeer: Sendable {
  /// A request, and the way to answer it.
  struct Request: Sendable {
    let head: HTTPRequestHead
    /// The stream of HTTP/2, the connection of HTTP/1.1.
    let channel: any Channel
    /// Counted from 0 as they were accepted.
    let connection: Int
    let isHTTP2: Bool

    func head(_ status: Int = 200, _ fields: [(String, String)] = []) {
      let head = HTTPResponseHead(
        version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(fields))
      channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
    }

    func body(_ octets: some Sequence<UInt8>) {
      channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: octets))), promise: nil)
    }

    /// Returns when the network has taken it.
    func bodyTaken(_ octets: [UInt8]) async throws {
      try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: octets))))
    }

    func end() { channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil) }

    /// A whole answer.
    func answer(_ status: Int = 200, _ fields: [(String, String)] = [], _ body: String = "") {
      head(status, fields + [("Content-Length", "\(body.utf8.count)")])
      if !body.isEmpty { self.body(body.utf8) }
      end()
    }
  }

  private struct State {
    var connections: [any Channel] = []
  }

  let port: Int
  let isTLS: Bool
  /// All requests in order; read it with one reader.
  let requests: AsyncStream<Request>
  private let server: any Channel
  private let shared: Shared

  private final class Shared: Sendable {
    let state = Mutex(State())
    let sink: AsyncStream<Request>.Continuation
    init(_ sink: AsyncStream<Request>.Continuation) { self.sink = sink }
  }

  /// - Parameter answer: is given each request, on its event loop; without it they come out of ``requests``.
  init(tls: TLSConfiguration? = nil, answer: (@Sendable (Request) -> Void)? = nil) async throws {
    let (requests, sink) = AsyncStream<Request>.makeStream()
    let shared = Shared(sink)
    let take = answer ?? { sink.yield($0) }
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let number = shared.state.withLock { state in
            state.connections.append(channel)
            return state.connections.count - 1
          }
          if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
          let sync = channel.pipeline.syncOperations
          try sync.addHandler(
            PeerNegotiation(isTLS: context != nil) { channel, isHTTP2 in
              try Self.start(channel, number, isHTTP2: isHTTP2, take)
            })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = server.localAddress?.port ?? 0
    isTLS = tls != nil
    self.requests = requests
    self.shared = shared
  }

  private static func start(
    _ channel: any Channel, _ number: Int, isHTTP2: Bool, _ take: @escaping @Sendable (Request) -> Void
  ) throws {
    let sync = channel.pipeline.syncOperations
    guard isHTTP2 else {
      try sync.configureHTTPServerPipeline(withPipeliningAssistance: false)
      try sync.addHandler(PeerRequestHandler(number, isHTTP2: false, take))
      return
    }
    _ = try sync.configureHTTP2Pipeline(
      mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandlers(
          HTTP2FramePayloadToHTTP1ServerCodec(), PeerRequestHandler(number, isHTTP2: true, take))
      }
    }
  }

  var url: String { "\(isTLS ? "https" : "http")://127.0.0.1:\(port)" }

  /// How many connections there have been.
  var connectionCount: Int { shared.state.withLock(\.connections.count) }

  func connection(_ number: Int) -> any Channel { shared.state.withLock { $0.connections[number] } }

  /// Says how many requests a connection takes at once.
  func limitStreams(_ number: Int, to count: Int) async throws {
    let frame = HTTP2Frame(
      streamID: .rootStream, payload: .settings(.settings([.init(parameter: .maxConcurrentStreams, value: count)])))
    try await connection(number).writeAndFlush(frame)
  }

  /// Says by GOAWAY that a connection takes no more requests; those up to `lastStream` are answered.
  func goAway(_ number: Int, lastStream: HTTP2StreamID = .maxID) async throws {
    let frame = HTTP2Frame(
      streamID: .rootStream,
      payload: .goAway(lastStreamID: lastStream, errorCode: .noError, opaqueData: nil))
    try await connection(number).writeAndFlush(frame)
  }

  /// The pings that come over a connection from now on, each when it does.
  func pings(_ number: Int) async throws -> AsyncStream<Void> {
    let (pings, continuation) = AsyncStream<Void>.makeStream()
    let channel = connection(number)
    try await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(PingReporter(continuation))
    }.get()
    return pings
  }

  /// Sends octets as they are over a connection of HTTP/2.
  func sendRaw(_ number: Int, _ octets: [UInt8]) async throws {
    let channel = connection(number)
    try await channel.eventLoop.submit {
      let context = try channel.pipeline.syncOperations.context(handlerType: NIOHTTP2Handler.self)
      context.writeAndFlush(NIOAny(ByteBuffer(bytes: octets)), promise: nil)
    }.get()
  }

  func close() async {
    shared.sink.finish()
    try? await server.close()
    for channel in shared.state.withLock(\.connections) { try? await channel.close() }
  }
}

/// Runs `body` with a peer, and ends the peer.
func withPeer<Value>(
  tls: TLSConfiguration? = nil, answer: (@Sendable (TestPeer.Request) -> Void)? = nil,
  _ body: (TestPeer) async throws -> Value
) async throws -> Value {
  let peer = try await TestPeer(tls: tls, answer: answer)
  do {
    let value = try await body(peer)
    await peer.close()
    return value
  } catch {
    await peer.close()
    throw error
  }
}

/// Waits for the choice of HTTP, as the client's own does.
private final class PeerNegotiation: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny
  typealias InboundOut = NIOAny

  private let isTLS: Bool
  private let start: (any Channel, Bool) throws -> Void

  init(isTLS: Bool, start: @escaping (any Channel, Bool) throws -> Void) {
    self.isTLS = isTLS
    self.start = start
  }

  func channelActive(context: ChannelHandlerContext) {
    if !isTLS { begin(context, false) }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let negotiated) = event as? TLSUserEvent { begin(context, negotiated == "h2") }
    context.fireUserInboundEventTriggered(event)
  }

  private func begin(_ context: ChannelHandlerContext, _ isHTTP2: Bool) {
    do { try start(context.channel, isHTTP2) } catch { context.close(promise: nil) }
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Tells the test of pings.
private final class PingReporter: ChannelInboundHandler {
  typealias InboundIn = HTTP2Frame

  private let pings: AsyncStream<Void>.Continuation

  init(_ pings: AsyncStream<Void>.Continuation) { self.pings = pings }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .ping(_, ack: false) = unwrapInboundIn(data).payload { pings.yield() }
    context.fireChannelRead(data)
  }

  func handlerRemoved(context: ChannelHandlerContext) { pings.finish() }
}

/// Hands requests to the test.
private final class PeerRequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let connection: Int
  private let isHTTP2: Bool
  private let take: @Sendable (TestPeer.Request) -> Void
  private var head: HTTPRequestHead?

  init(_ connection: Int, isHTTP2: Bool, _ take: @escaping @Sendable (TestPeer.Request) -> Void) {
    self.connection = connection
    self.isHTTP2 = isHTTP2
    self.take = take
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): self.head = head
    case .body: break
    case .end:
      guard let head else { return }
      take(TestPeer.Request(head: head, channel: context.channel, connection: connection, isHTTP2: isHTTP2))
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
