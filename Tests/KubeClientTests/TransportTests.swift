// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOSSL
import Synchronization
import Testing

@testable import KubeClient

@Suite("Requests over the network", .timeLimit(.minutes(1))) struct TransportTests {
  /// Which HTTP the peer speaks.
  enum Form: CaseIterable {
    case plain, tls, http2

    func peer<Value>(
      answer: (@Sendable (TestPeer.Request) -> Void)? = nil, _ body: (TestPeer, TestTransport) async throws -> Value
    ) async throws -> Value {
      let identity = try TestIdentity(protocols: self == .http2 ? ["h2", "http/1.1"] : ["http/1.1"])
      return try await withPeer(tls: self == .plain ? nil : identity.tls, answer: answer) { peer in
        try await body(peer, TestTransport(peer.url, trust: identity.authority.trust))
      }
    }
  }

  @Test("The request and the answer, in each form of HTTP", arguments: Form.allCases) func exchange(form: Form)
    async throws
  {
    try await form.peer { request in
      let fields = request.head.headers
      let seen = [
        request.head.method.rawValue, request.head.uri, fields.first(name: "user-agent") ?? "",
        fields.first(name: "accept") ?? "", fields.first(name: "authorization") ?? "none", "\(request.isHTTP2)",
      ]
      request.answer(429, [("Content-Type", "text/plain; a=b"), ("Retry-After", "7")], seen.joined(separator: "|"))
    } _: { peer, transport in
      var transport = transport
      transport.access.server = try ServerURL(peer.url + "/some/prefix/")
      transport.access.credentials = FixedCredentials(Credentials(token: "abc.def"))
      try await transport.run { transport in
        let request = APIRequest(
          path: "/api/v1/services", query: [.init("labelSelector", "a in (b,c)&d"), .init("watch", "true")],
          accept: ["application/vnd.kubernetes.protobuf", "application/json"])
        let response = try await transport.get(request)
        #expect(response.status == 429)
        #expect(response.contentType == "text/plain; a=b")
        #expect(response.retryAfter == .seconds(7))
        let expected = [
          "GET", "/some/prefix/api/v1/services?labelSelector=a%20in%20%28b%2Cc%29%26d&watch=true", "callsign/test",
          "application/vnd.kubernetes.protobuf, application/json", "Bearer abc.def", "\(form == .http2)",
        ]
        #expect(try await response.text == expected.joined(separator: "|"))
      }
    }
  }

  @Test("One connection serves one request after another", arguments: Form.allCases) func reuse(form: Form) async throws
  {
    try await form.peer {
      $0.answer(200, [], "hello")
    } _: { peer, transport in
      try await transport.run { transport in
        for _ in 0..<5 {
          let text = try await transport.get(APIRequest(path: "/healthz")).text
          #expect(text == "hello")
        }
      }
      #expect(peer.connectionCount == 1)
    }
  }

  @Test("Watches run side by side, on one connection with HTTP/2", arguments: Form.allCases)
  func parallel(form: Form) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        var watches: [(TestPeer.Request, APIResponse)] = []
        for number in 0..<4 {
          async let response = transport.get(APIRequest(path: "/watch/\(number)"))
          let request = try #require(await requests.next())
          request.head()
          watches.append((request, try await response))
        }
        // In the other order than they were opened.
        for (request, response) in watches.reversed() {
          var body = try Pieces(response)
          for round in 0..<3 {
            request.body("\(request.head.uri) \(round)".utf8)
            let piece = try await body.next()
            #expect(piece.map { String(buffer: $0) } == "\(request.head.uri) \(round)")
          }
          request.end()
          let piece1 = try await body.next()
          #expect(piece1 == nil)
        }
        #expect(peer.connectionCount == (form == .http2 ? 1 : 4))
      }
    }
  }

  @Test("More watches than one HTTP/2 connection takes go over others, of which no more are opened than are needed")
  func manyWatches() async throws {
    try await Form.http2.peer { peer, transport in
      try await transport.run { transport in
        let count = 2 * TransportSettings.maximumExchanges + 10
        try await withThrowingTaskGroup(of: APIResponse.self) { group in
          for number in 0..<count { group.addTask { try await transport.get(APIRequest(path: "/watch/\(number)")) } }
          var requests = peer.requests.makeAsyncIterator()
          for _ in 0..<count { try #require(await requests.next()).head() }
          var responses: [APIResponse] = []
          for try await response in group { responses.append(response) }
          #expect(responses.count == count)
          #expect(peer.connectionCount == 3)
        }
      }
    }
    #expect(
      TransportSettings.maximumConnections > ReflectorSettings.maximumNamespaces * FollowedKind.allCases.count,
      "with HTTP/1.1 each watch has a connection")
  }

  @Test("A server that takes fewer requests at once than usual is sent no more") func fewerStreams() async throws {
    try await Form.http2.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        var responses: [APIResponse] = []
        var connections: [Int] = []
        for number in 0..<7 {
          async let response = transport.get(APIRequest(path: "/watch/\(number)"))
          let request = try #require(await requests.next())
          if number == 0 { try await peer.limitStreams(0, to: 3) }
          request.head()
          connections.append(request.connection)
          responses.append(try await response)
        }
        #expect(connections == [0, 0, 0, 1, 1, 1, 1])
        #expect(responses.count == 7)
      }
    }
  }

  @Test("A reader that does not read stops the server, and gets all once it reads", arguments: Form.allCases)
  func backPressure(form: Form) async throws {
    try await form.peer { peer, transport in
      var transport = transport
      transport.settings.window = 64 << 10
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        async let answer = transport.get(APIRequest(path: "/list"))
        let request = try #require(await requests.next())
        request.head()
        let response = try await answer
        let taken = Counter()
        let total = 32 << 20
        let piece = [UInt8](repeating: 65, count: 64 << 10)
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for _ in 0..<total / piece.count {
              try await request.bodyTaken(piece)
              taken.add(piece.count)
            }
            request.end()
          }
          // Until the server has been stopped: what it could send stays the same for a while.
          var before = -1
          for _ in 0..<200 {
            try await Task.sleep(for: .milliseconds(20))
            let now = taken.value
            if now == before, now > 0 { break }
            before = now
          }
          // With HTTP/1.1 the kernel's buffers come on top of what waits here.
          #expect(before <= (form == .http2 ? 512 << 10 : 16 << 20), "\(before) octets were taken")
          var received = 0
          for try await piece in response.body { received += piece.readableBytes }
          #expect(received == total)
          try await group.waitForAll()
        }
      }
    }
  }

  @Test("Cancelling the reader ends the request at the server", arguments: Form.allCases)
  func cancel(form: Form) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        async let answer = transport.get(APIRequest(path: "/watch"))
        let request = try #require(await requests.next())
        request.head()
        let response = try await answer
        let reader = Task { for try await _ in response.body {} }
        request.body("x".utf8)
        reader.cancel()
        try await request.channel.closeFuture.get()
        await #expect(throws: CancellationError.self) { try await reader.value }
        // The connection of HTTP/2 goes on.
        async let next = transport.get(APIRequest(path: "/next"))
        let second = try #require(await requests.next())
        second.answer(200, [], "here")
        #expect(try await next.text == "here")
        #expect(second.connection == (form == .http2 ? 0 : 1))
      }
    }
  }

  @Test("Letting go of an answer ends the request at the server", arguments: Form.allCases)
  func letGo(form: Form) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        async let status = transport.status("/watch")
        let request = try #require(await requests.next())
        request.head()
        let found = try await status
        #expect(found == 200)
        try await request.channel.closeFuture.get()
      }
    }
  }

  @Test("A cancelled request without an answer ends", arguments: Form.allCases)
  func cancelWaiting(form: Form) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        let task = Task { try await transport.get(APIRequest(path: "/slow")).status }
        let request = try #require(await requests.next())
        task.cancel()
        try await request.channel.closeFuture.get()
        await #expect(throws: APITransportError.self) { try await task.value }
      }
    }
  }

  @Test("Redirects are handed on, not followed") func redirect() async throws {
    try await Form.plain.peer {
      $0.answer(302, [("Location", "/elsewhere")])
    } _: { peer, transport in
      try await transport.run { transport in
        let status = try await transport.status("/")
        #expect(status == 302)
      }
      #expect(peer.connectionCount == 1)
    }
  }

  @Test("After GOAWAY requests under way are answered, and new ones go over a new connection") func goAway()
    async throws
  {
    try await Form.http2.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        async let answer = transport.get(APIRequest(path: "/watch"))
        let watch = try #require(await requests.next())
        watch.head()
        let response = try await answer
        try await peer.goAway(0)
        // The client has seen GOAWAY when it sees what comes behind it.
        watch.body("event".utf8)
        var body = try Pieces(response)
        let piece2 = try await body.next()
        #expect(piece2 != nil)
        async let next = transport.get(APIRequest(path: "/list"))
        let list = try #require(await requests.next())
        list.answer(200, [], "new")
        #expect(try await next.text == "new")
        #expect(list.connection == 1)
        watch.body("more".utf8)
        let piece3 = try await body.next()
        #expect(piece3 != nil)
        watch.end()
        let piece4 = try await body.next()
        #expect(piece4 == nil)
        // Nothing is left on it.
        try await peer.connection(0).closeFuture.get()
      }
    }
  }

  @Test("A connection that the server closed meanwhile costs no error", arguments: Form.allCases)
  func closedMeanwhile(form: Form) async throws {
    try await form.peer {
      $0.answer(200, [], "hello")
    } _: { peer, transport in
      try await transport.run { transport in
        for _ in 0..<10 {
          let text = try await transport.get(APIRequest(path: "/")).text
          #expect(text == "hello")
          // At once: the client may or may not have heard of it with its next request.
          peer.connection(peer.connectionCount - 1).close(promise: nil)
        }
      }
    }
  }

  @Test("A body that breaks off is an error, not an end", arguments: Form.allCases)
  func brokenOff(form: Form) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        async let answer = transport.get(APIRequest(path: "/watch"))
        let request = try #require(await requests.next())
        request.head()
        request.body("half".utf8)
        var body = try Pieces(try await answer)
        let piece5 = try await body.next()
        #expect(piece5 != nil)
        peer.connection(0).close(promise: nil)
        let error = await body.failure() as? APITransportError
        #expect(error?.description == "GET \(peer.url)/watch broke off: the server closed the connection")
      }
    }
  }

  @Test("A server that does not answer in time", arguments: Form.allCases) func answerTimeout(form: Form) async throws {
    try await form.peer(answer: { _ in }) { peer, transport in
      var transport = transport
      transport.settings.answerTimeout = .milliseconds(100)
      try await transport.run { transport in
        let error = await #expect(throws: APITransportError.self) { try await transport.get(APIRequest(path: "/list")) }
        #expect(error?.cause.hasPrefix("no answer within 0.1 seconds") == true)
      }
    }
  }

  @Test("A connection without a request ends after a while", arguments: Form.allCases) func idle(form: Form)
    async throws
  {
    try await form.peer {
      $0.answer(200, [], "hello")
    } _: { peer, transport in
      var transport = transport
      transport.settings.idleTimeout = .milliseconds(50)
      try await transport.run { transport in
        for round in 0..<2 {
          let text = try await transport.get(APIRequest(path: "/")).text
          #expect(text == "hello")
          try await peer.connection(round).closeFuture.get()
        }
      }
    }
  }

  @Test("Closing ends what is under way, and begins nothing more", arguments: Form.allCases)
  func close(form: Form) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        async let answer = transport.get(APIRequest(path: "/watch"))
        let request = try #require(await requests.next())
        request.head()
        var body = try Pieces(try await answer)
        await transport.close()
        let failure = await body.failure()
        #expect(failure is APITransportError)
        let error = await #expect(throws: APITransportError.self) { try await transport.get(APIRequest(path: "/")) }
        #expect(error?.cause == "this program is ending")
      }
    }
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock(\.self) }

  func add(_ number: Int) { count.withLock { $0 += number } }
}
