// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import NIOCore
import NIOHTTP1
import Testing

@testable import KubeClient

@Suite("Connections to an API server", .timeLimit(.minutes(1))) struct ConnectionTests {
  @Test("One connection serves one request after another", arguments: PeerForm.allCases)
  func reuse(form: PeerForm) async throws {
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

  @Test("Watches run side by side, on one connection with HTTP/2", arguments: PeerForm.allCases)
  func parallel(form: PeerForm) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        var watches: [(TestPeer.Request, APIResponse)] = []
        for number in 0..<4 { watches.append(try await peer.begun("/watch/\(number)", by: transport)) }
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
    try await PeerForm.http2.peer { peer, transport in
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
      TransportSettings.maximumConnections > Setting.maximumNamespaces * FollowedKind.allCases.count,
      "with HTTP/1.1 each watch has a connection")
  }

  @Test("A server that takes fewer requests at once than usual is sent no more") func fewerStreams() async throws {
    try await PeerForm.http2.peer { peer, transport in
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

  @Test("After GOAWAY requests under way are answered, and new ones go over a new connection") func goAway()
    async throws
  {
    try await PeerForm.http2.peer { peer, transport in
      try await transport.run { transport in
        var requests = peer.requests.makeAsyncIterator()
        let (watch, response) = try await peer.begun("/watch", by: transport)
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

  @Test("A connection that the server closed meanwhile costs no error", arguments: PeerForm.allCases)
  func closedMeanwhile(form: PeerForm) async throws {
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

  @Test("A connection without a request ends after a while", arguments: PeerForm.allCases) func idle(form: PeerForm)
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

  @Test("Closing ends what is under way, and begins nothing more", arguments: PeerForm.allCases)
  func close(form: PeerForm) async throws {
    try await form.peer { peer, transport in
      try await transport.run { transport in
        let (_, response) = try await peer.begun("/watch", by: transport)
        var body = try Pieces(response)
        await transport.close()
        let failure = await body.failure()
        #expect(failure is APITransportError)
        let error = await #expect(throws: APITransportError.self) { try await transport.get(APIRequest(path: "/")) }
        #expect(error?.cause == "this program is ending")
      }
    }
  }
}
