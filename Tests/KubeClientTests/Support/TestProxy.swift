// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A proxy on 127.0.0.1: HTTP's CONNECT and forwarding, or SOCKS 5.
///
/// Every host is taken for 127.0.0.1, so that a test sees whether the proxy or the client looks up names.
final class TestProxy: Sendable {
  enum Kind: Sendable { case http, socks }

  let port: Int
  private let listener: any Channel
  private let shared: Shared

  fileprivate final class Shared: Sendable {
    struct State {
      var asked: [String] = []
      var channels: [any Channel] = []
    }
    let state = Mutex(State())
  }

  /// - Parameters:
  ///   - login: `USER:PASSWORD` in base64 for HTTP; as it is for SOCKS.
  ///   - refusal: what an HTTP proxy says to all, in place of opening a way.
  init(_ kind: Kind, login: String? = nil, refusal: String? = nil, tls: TLSConfiguration? = nil) async throws {
    let shared = Shared()
    let context = try tls.map { try NIOSSLContext(configuration: $0) }
    listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          shared.state.withLock { $0.channels.append(channel) }
          if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
          switch kind {
          case .http:
            try channel.pipeline.syncOperations.addHandler(HTTPProxyHandler(shared, login: login, refusal: refusal))
          case .socks: try channel.pipeline.syncOperations.addHandler(SOCKSProxyHandler(shared, login: login))
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    port = listener.localAddress?.port ?? 0
    self.shared = shared
  }

  /// Where clients wanted to go, in order.
  var asked: [String] { shared.state.withLock(\.asked) }

  func close() async {
    try? await listener.close()
    for channel in shared.state.withLock(\.channels) { try? await channel.close() }
  }
}

/// What both kinds do: collect what comes until it is enough, then carry octets to and fro.
private class ProxyHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let shared: TestProxy.Shared
  let login: String?
  var received = ByteBuffer()
  private var server: (any Channel)?

  init(_ shared: TestProxy.Shared, login: String?) {
    self.shared = shared
    self.login = login
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = unwrapInboundIn(data)
    if let server { return server.writeAndFlush(buffer, promise: nil) }
    received.writeImmutableBuffer(buffer)
    talk(context)
  }

  func talk(_ context: ChannelHandlerContext) {}

  func say(_ context: ChannelHandlerContext, _ octets: some Sequence<UInt8>) {
    context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: octets)), promise: nil)
  }

  /// Opens the way; `first` is what the server is sent at once.
  func open(_ context: ChannelHandlerContext, to target: String, port: Int, first: ByteBuffer, answer: [UInt8]) {
    shared.state.withLock { $0.asked.append(target) }
    let client = context.channel
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    ClientBootstrap(group: context.eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(BackHandler(client)) }
      }
      .connect(host: "127.0.0.1", port: port).whenComplete { result in
        guard case .success(let server) = result else { return client.close(promise: nil) }
        bound.value.server = server
        if !answer.isEmpty { client.writeAndFlush(ByteBuffer(bytes: answer), promise: nil) }
        if first.readableBytes > 0 { server.writeAndFlush(first, promise: nil) }
        client.closeFuture.whenComplete { _ in server.close(promise: nil) }
      }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

private final class BackHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  private let client: any Channel

  init(_ client: any Channel) { self.client = client }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    client.writeAndFlush(unwrapInboundIn(data), promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }
}

private final class HTTPProxyHandler: ProxyHandler {
  private let refusal: String?

  init(_ shared: TestProxy.Shared, login: String?, refusal: String?) {
    self.refusal = refusal
    super.init(shared, login: login)
  }

  override func talk(_ context: ChannelHandlerContext) {
    let text = String(buffer: received)
    guard text.contains("\r\n\r\n") else { return }
    let line = text.prefix { !$0.isNewline }.split(separator: " ").map(String.init)
    let isLoggedIn = login.map { text.contains("\r\nProxy-Authorization: Basic \($0)\r\n") } ?? true
    if let refusal = refusal ?? (isLoggedIn ? nil : "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") {
      return say(context, refusal.utf8)
    }
    if line[0] == "CONNECT" {
      let port = line[1].split(separator: ":").last.flatMap { Int($0) } ?? 0
      open(context, to: line[1], port: port, first: ByteBuffer(), answer: Array("HTTP/1.1 200 OK\r\nX: y\r\n\r\n".utf8))
    } else {
      let authority = line[1].dropFirst("http://".count).prefix { $0 != "/" }
      let port = authority.split(separator: ":").last.flatMap { Int($0) } ?? 0
      open(context, to: line[1], port: port, first: received, answer: [])
    }
  }
}

private final class SOCKSProxyHandler: ProxyHandler {
  private var step = 0

  override func talk(_ context: ChannelHandlerContext) {
    switch step {
    case 0:
      guard let head = received.readBytes(length: 2), let methods = received.readBytes(length: Int(head[1])) else {
        return
      }
      let method: UInt8 = login == nil ? 0 : 2
      guard methods.contains(method) else { return say(context, [5, 0xFF]) }
      step = login == nil ? 2 : 1
      say(context, [5, method])
    case 1:
      guard let user = text(1), let password = text(0) else { return }
      let isRight = "\(user):\(password)" == login
      step = 2
      say(context, [1, isRight ? 0 : 1])
    default:
      guard let head = received.readBytes(length: 4) else { return }
      let host: String
      switch head[3] {
      case 1: host = (received.readBytes(length: 4) ?? []).map(String.init).joined(separator: ".")
      case 4: host = "\((received.readBytes(length: 16) ?? []).count) octets"
      default: host = text(0) ?? ""
      }
      let port = Int(received.readInteger(as: UInt16.self) ?? 0)
      // An address of IPv6, so that the client has to read it whole.
      let answer: [UInt8] = [5, 0, 0, 4] + [UInt8](repeating: 0, count: 18)
      open(context, to: "\(host):\(port)", port: port, first: ByteBuffer(), answer: answer)
    }
  }

  /// A text behind its length, after `skipped` octets.
  private func text(_ skipped: Int) -> String? {
    received.moveReaderIndex(forwardBy: skipped)
    guard let count = received.readInteger(as: UInt8.self) else { return nil }
    return received.readString(length: Int(count))
  }
}
