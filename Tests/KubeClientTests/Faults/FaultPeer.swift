// SPDX-License-Identifier: Apache-2.0
import KubeModel
import NIOCore
import NIOHTTP1
import Synchronization

@testable import KubeClient

/// Stands between a client and an API server, and does to each answer what a plan says.
final class FaultPeer: Sendable {
  /// Which fault the next request meets.
  typealias Plan = @Sendable (APIRequest) -> Fault

  private struct State {
    var upstream: (any APITransport)?
    var plan: Plan = { _ in .none }
    /// What was done so far.
    var done: [(path: String, fault: Fault)] = []
  }

  private let peer: TestPeer
  private let state: Mutex<State>
  private let requests: AsyncStream<Void>
  private let request: AsyncStream<Void>.Continuation

  private init(_ peer: TestPeer) {
    self.peer = peer
    state = Mutex(State())
    (requests, request) = AsyncStream.makeStream()
  }

  /// Runs `body` with a peer in front of a server; the client is to speak HTTP/2.
  static func run<Value: Sendable>(
    to upstream: any APITransport, _ body: @Sendable (FaultPeer, ClientConfiguration) async throws -> Value
  ) async throws -> Value {
    let identity = try TestIdentity()
    return try await withPeer(tls: identity.tls) { peer in
      let faults = FaultPeer(peer)
      faults.restart(with: upstream)
      let configuration = ClientConfiguration(
        server: try ServerURL(peer.url), trust: try identity.authority.trust, proxy: .none, origin: "faults")
      return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await faults.serve() }
        let value = try await body(faults, configuration)
        group.cancelAll()
        return value
      }
    }
  }

  var done: [(path: String, fault: Fault)] { state.withLock(\.done) }

  /// Returns when so many more requests have met their fault, or the task is cancelled.
  func wait(forRequests count: Int) async {
    let goal = done.count + count
    for await _ in requests where done.count >= goal { return }
  }

  func plan(_ plan: @escaping Plan) { state.withLock { $0.plan = plan } }

  /// Another server is behind it from now on, and all connections end.
  func restart(with upstream: any APITransport) {
    state.withLock { $0.upstream = upstream }
    cutAll()
  }

  /// Ends all connections at once.
  func cutAll() {
    for number in 0..<peer.connectionCount { peer.connection(number).close(promise: nil) }
  }

  private func serve() async {
    await withDiscardingTaskGroup { group in
      for await request in peer.requests { group.addTask { await self.serve(request) } }
    }
  }

  private func serve(_ request: TestPeer.Request) async {
    // The answer ends with its stream: a watch that nobody reads is none at the server either.
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.answer(request) }
      group.addTask { _ = try? await request.channel.closeFuture.cancellableValue() }
      _ = await group.next()
      group.cancelAll()
    }
  }

  private func answer(_ request: TestPeer.Request) async {
    let asked = Self.request(request.head)
    let (upstream, fault) = state.withLock { state in
      let fault = state.plan(asked)
      state.done.append((asked.path, fault))
      return (state.upstream, fault)
    }
    self.request.yield()
    switch fault {
    case .status(let code, let seconds):
      let reason = code == 410 ? "Expired" : code == 429 ? "TooManyRequests" : "InternalError"
      let body = #"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"\#(reason)","code":\#(code)}"#
      let retry = seconds.map { [("Retry-After", "\($0)")] } ?? []
      return request.answer(code, [("Content-Type", "application/json")] + retry, body)
    case .noAnswer:
      _ = try? await request.channel.closeFuture.cancellableValue()
      return
    default: break
    }
    do {
      guard let upstream else { return cut(request) }
      let response = try await upstream.get(asked)
      let fields = response.retryAfter.map { [("Retry-After", "\($0.components.seconds)")] } ?? []
      request.head(response.status, [("Content-Type", response.contentType)] + fields)
      var body = FaultyBody(fault, asked, contentType: response.contentType)
      for try await piece in response.body {
        if try await carryOut(body.take(piece.readableBytesView), request) { return }
      }
      if try await !carryOut(body.end(), request) { request.end() }
    } catch {
      // Where the client has left, its other requests go on.
      if request.channel.isActive, !Task.isCancelled { cut(request) }
    }
  }

  /// - Returns: whether the answer is over.
  private func carryOut(_ actions: [FaultyBody.Action], _ request: TestPeer.Request) async throws -> Bool {
    for action in actions {
      switch action {
      case .send(let octets): try await request.bodyTaken(octets)
      case .cut:
        cut(request)
        return true
      case .end:
        request.end()
        return true
      case .hold:
        try await request.channel.closeFuture.cancellableValue()
        return true
      }
    }
    return false
  }

  private func cut(_ request: TestPeer.Request) { peer.connection(request.connection).close(promise: nil) }

  /// The request as the client meant it.
  private static func request(_ head: HTTPRequestHead) -> APIRequest {
    let parts = head.uri.split(separator: "?", maxSplits: 1)
    let query = parts.dropFirst().first?.split(separator: "&") ?? []
    return APIRequest(
      path: PercentText.decoded(parts[0]) ?? "",
      query: query.map { parameter in
        let sides = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return .init(PercentText.decoded(sides[0]) ?? "", PercentText.decoded(sides.count > 1 ? sides[1] : "") ?? "")
      },
      accept: head.headers["Accept"].flatMap { $0.split(separator: ", ").map(String.init) })
  }
}

extension APIRequest {
  var isWatch: Bool { query.contains { $0.name == "watch" && $0.value == "true" } }

  func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }
}
