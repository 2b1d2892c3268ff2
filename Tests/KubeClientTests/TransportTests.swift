// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOHTTP1
import NIOHTTP2
import Synchronization
import Testing

@testable import KubeClient

@Suite("Requests over the network", .timeLimit(.minutes(1))) struct TransportTests {
  @Test("The request and the answer, in each form of HTTP", arguments: PeerForm.allCases) func exchange(form: PeerForm)
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
      transport.configuration.server = try ServerURL(peer.url + "/some/prefix/")
      transport.configuration.credentials = FixedCredentials(Credentials(token: "abc.def"))
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

  @Test("A reader that does not read stops the server, and gets all once it reads", arguments: PeerForm.allCases)
  func backPressure(form: PeerForm) async throws {
    try await form.peer { peer, transport in
      var transport = transport
      transport.settings.window = 64 << 10
      try await transport.run { transport in
        let (request, response) = try await peer.begun("/list", by: transport)
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
          var stillTimes = 0
          for _ in 0..<500 where stillTimes < 10 {
            try await Task.sleep(for: .milliseconds(20))
            let now = taken.value
            stillTimes = now == before && now > 0 ? stillTimes + 1 : 0
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

  @Test("Cancelling the reader ends the request at the server", arguments: PeerForm.allCases)
  func cancel(form: PeerForm) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        let (request, response) = try await peer.begun("/watch", by: transport)
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

  @Test("Letting go of an answer ends the request at the server", arguments: PeerForm.allCases)
  func letGo(form: PeerForm) async throws {
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

  @Test("A cancelled request without an answer ends", arguments: PeerForm.allCases)
  func cancelWaiting(form: PeerForm) async throws {
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
    try await PeerForm.plain.peer {
      $0.answer(302, [("Location", "/elsewhere")])
    } _: { peer, transport in
      try await transport.run { transport in
        let status = try await transport.status("/")
        #expect(status == 302)
      }
      #expect(peer.connectionCount == 1)
    }
  }

  @Test("A body that breaks off is an error, not an end", arguments: PeerForm.allCases)
  func brokenOff(form: PeerForm) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        let (request, response) = try await peer.begun("/watch", by: transport)
        request.body("half".utf8)
        var body = try Pieces(response)
        let piece5 = try await body.next()
        #expect(piece5 != nil)
        peer.connection(0).close(promise: nil)
        let error = await body.failure() as? APITransportError
        #expect(error?.description == "GET \(peer.url)/watch broke off: the server closed the connection")
      }
    }
  }

  @Test("HTTP/2 that is none is told of in words") func garbled() async throws {
    try await PeerForm.http2.peer { peer, transport in
      try await transport.run { transport in
        let (_, response) = try await peer.begun("/watch", by: transport)
        var body = try Pieces(response)
        // SETTINGS whose length is none of settings (RFC 9113 §6.5).
        try await peer.sendRaw(0, [0, 0, 5, 4, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5])
        let error = try #require(await body.failure() as? APITransportError)
        #expect(error.cause.hasPrefix("what comes is no proper HTTP/2 ("), "\(error)")
        #expect(!error.cause.contains("file:") && !error.cause.contains(".swift"), "\(error)")
      }
    }
  }

  @Test("Errors of the HTTP libraries are told of by their kind") func kinds() throws {
    let text = FailureText(server: try ServerURL("https://a.test"), proxy: nil, settings: TransportSettings())
    let lost = NIOHTTP2Errors.noSuchStream(streamID: 5)
    let errors: [(any Error, String)] = [
      (lost, "HTTP/2 (NoSuchStream)"), (NIOHTTP2Errors.unableToParseFrame(), "HTTP/2 (UnableToParseFrame)"),
      (NIOHTTP2Errors.streamError(streamID: 5, baseError: lost), "HTTP/2 (NoSuchStream)"),
      (HTTPParserError.invalidVersion, "HTTP/1.1 (invalid HTTP version)"),
    ]
    for (error, kind) in errors {
      #expect(
        text.exchanging("/x", error, connectionError: nil, inBody: true).cause
          == "what comes is no proper \(kind): the server is faulty, or something on the way changes it")
    }
  }

  @Test("A server that does not answer in time", arguments: PeerForm.allCases)
  func answerTimeout(form: PeerForm) async throws {
    try await form.peer(answer: { _ in }) { peer, transport in
      var transport = transport
      transport.settings.answerTimeout = .milliseconds(100)
      try await transport.run { transport in
        let error = await #expect(throws: APITransportError.self) { try await transport.get(APIRequest(path: "/list")) }
        #expect(error?.cause.hasPrefix("no answer within 0.1 seconds") == true)
      }
    }
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock(\.self) }

  func add(_ number: Int) { count.withLock { $0 += number } }
}
