// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import HTTPTypes
import LinuxSystem
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NIOPosix
import TestSupport
import Testing

@testable import DNSServer

@Suite("DNS over HTTPS (RFC 8484)", .timeLimit(.minutes(1)))
struct HTTPSTests {
  static let name = "web.default.svc.cluster.local"

  /// A question as the `dns` parameter has it.
  static func parameter(_ name: String = name, id: UInt16 = 0) throws -> String {
    Data(Message(id: id, question: Question(name: try Name(name), type: .a)).encoded).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// What curl says of a request: status, version, head, and the body as a message.
  struct Reply {
    var status: Int
    var version: String
    var head: String
    var message: Message?
  }

  static func curl(_ server: SecureServer, _ words: [String]) async throws -> Reply {
    let body = server.certificate.path("body")
    let head = server.certificate.path("head")
    let text = try await output(
      of: "curl",
      [
        "--silent", "--show-error", "--max-time", "10", "--cacert", server.certificate.files.certificate, "--resolve",
        "dns.test:\(server.https):127.0.0.1", "--output", body, "--dump-header", head, "--write-out",
        "%{http_code} %{http_version}",
      ] + words)
    let parts = text.split(separator: " ")
    let octets = FileManager.default.contents(atPath: body).map { [UInt8]($0) } ?? []
    try? FileManager.default.removeItem(atPath: body)
    let fields = FileManager.default.contents(atPath: head).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return Reply(
      status: Int(parts[0]) ?? 0, version: String(parts[1]), head: fields.lowercased(),
      message: try? Message(parsing: octets))
  }

  @Test("kdig asks by POST and by GET, over HTTP/2", arguments: ["+https", "+https-get"])
  func kdig(way: String) async throws {
    try await withSecureServer { server in
      let words = [
        "-p", "\(server.https)", "+tls-ca=\(server.certificate.files.certificate)", "+tls-hostname=dns.test", "+https",
        way,
      ]
      let text = try await server.kdig(words + [Self.name])
      #expect(text.contains("10.96.0.20"), "\(text)")
      #expect(text.contains("HTTP session (HTTP/2"), "\(text)")
      let big = try await server.kdig(words + ["+short", "big.default.svc.cluster.local"])
      #expect(big.split(separator: "\n").count == 300)
    }
  }

  @Test(
    "curl asks by GET and POST, over HTTP/1.1, HTTP/2, and in the clear", arguments: ["--http1.1", "--http2", "http"])
  func curls(way: String) async throws {
    try await withSecureServer { server in
      let base = way == "http" ? "http://127.0.0.1:\(server.http)" : "https://dns.test:\(server.https)"
      let words = way == "http" ? [] : [way]
      let got = try await Self.curl(server, words + ["\(base)/dns-query?dns=\(try Self.parameter())"])
      #expect(got.status == 200 && got.version == (way == "--http2" ? "2" : "1.1"))
      #expect(got.head.contains("content-type: application/dns-message"))
      #expect(got.head.contains("cache-control: max-age=5"))
      #expect(got.message?.answers.map(\.dataText) == ["10.96.0.20"])
      #expect(got.message?.header.id == 0)

      let file = server.certificate.path("question")
      let question = Message(id: 9, question: Question(name: try Name("big.default.svc.cluster.local"), type: .a))
      try Data(question.encoded).write(to: URL(fileURLWithPath: file))
      let posted = try await Self.curl(
        server,
        words + ["--data-binary", "@\(file)", "--header", "Content-Type: application/dns-message", "\(base)/dns-query"])
      #expect(posted.status == 200)
      #expect(posted.message?.answers.count == 300)
    }
  }

  @Test("Percent-encoded or plain, a parameter is the same (RFC 3986 §6.2.2.2)", arguments: ["dns", "%64n%73"])
  func percentEncoded(name: String) async throws {
    try await withSecureServer { server in
      let value = try Self.parameter().utf8.map { "%" + String($0, radix: 16) }.joined()
      let got = try await Self.curl(server, ["http://127.0.0.1:\(server.http)/dns-query?a&\(name)=\(value)%3D"])
      #expect(got.status == 200 && got.message?.answers.map(\.dataText) == ["10.96.0.20"])
    }
  }

  @Test("Parameters of a query", arguments: [
    ("dns=a&dns=b", "a"), ("x=1&dns=%41%2d%5F%3D", "A-_="), ("dns=a=b", "a=b"), ("dns=", ""), ("dns", nil),
    ("xdns=a", nil), ("dns=%4", nil), ("dns=%4g", nil), ("dns=%", nil), ("dns=%ff", nil), ("", nil),
  ] as [(Substring, Substring?)])
  func queryText(query: Substring, value: Substring?) {
    #expect(QueryText.value(of: "dns", in: query) == value)
  }

  @Test("Cached while the answer is good: a \"no\" by its SOA, an error not at all (RFC 8484 §5.1)", arguments: [
    ("x.default.svc.cluster.local", ResponseCode.nameError, 5), ("example.com", .refused, 0),
    ("dns-version.cluster.local", .noError, 5),
  ])
  func freshness(name: String, code: ResponseCode, age: Int) async throws {
    try await withSecureServer { server in
      let got = try await Self.curl(
        server, ["http://127.0.0.1:\(server.http)/dns-query?dns=\(try Self.parameter(name))"])
      #expect(got.message?.responseCode == code)
      #expect(got.head.contains("cache-control: max-age=\(age)\r"), "\(got.head)")
    }
  }

  @Test("What is no question", arguments: [
    (404, ["/"]), (404, ["/dns-query/"]), (400, ["/dns-query"]), (400, ["/dns-query?dns="]),
    (400, ["/dns-query?dns=AAA%"]),
    (400, ["/dns-query?dns=AAA*"]), (400, ["/dns-query?dns=AAAB"]), (405, ["-X", "PUT", "/dns-query"]),
    (405, ["-X", "DELETE", "/dns-query"]),
    (415, ["--data", "x", "/dns-query"]),
    (415, ["--data", "x", "--header", "Content-Type: application/json", "/dns-query"]),
    (400, ["--data", "x", "--header", "Content-Type: application/dns-message", "/dns-query"]),
  ] as [(Int, [String])])
  func refusals(status: Int, words: [String]) async throws {
    try await withSecureServer { server in
      let url = "https://dns.test:\(server.https)\(words.last!)"
      let got = try await Self.curl(server, words.dropLast() + [url])
      #expect(got.status == status)
      if status == 405 { #expect(got.head.contains("allow: get, post")) }
    }
  }

  @Test("As many connections wait to be accepted as the kernel lets")
  func queue() async throws {
    let address = HostAddress("127.0.0.1")!
    var sockets = try DNSSockets.open(address, port: 0)
    sockets.http = [try DNSSockets.openStream(address, port: 0)]
    let place = Upstream(address, port: try #require(sockets.port))
    let listening = sockets.streams + sockets.http
    let room = try #require(ListenQueue.room(asking: 4096))
    #expect(listening.map { ListenQueue.room(of: $0.number) } == [room, room])
    let server = DNSServer(
      index: TestObjects.index(), sockets: [sockets], settings: DNSServerSettings(), logger: Logger(label: "test"))
    let running = Task { try await server.run() }
    // Whoever answers has set its queue.
    _ = try await ForwarderTests.ask(Self.name, at: place, overTCP: true)
    let port = try #require(DNSSockets.port(of: sockets.http[0]))
    _ = try await output(of: "curl", ["--silent", "--max-time", "10", "http://127.0.0.1:\(port)/"])
    #expect(listening.map { ListenQueue.room(of: $0.number) } == [room, room])
    running.cancel()
    try await running.value
  }

  @Test("A body that is larger than a message, with and without a length that says so")
  func tooLarge() async throws {
    try await withSecureServer { server in
      let file = server.certificate.path("large")
      try Data(repeating: 0, count: 70_000).write(to: URL(fileURLWithPath: file))
      for extra in [[], ["--header", "Transfer-Encoding: chunked"]] {
        let got = try await Self.curl(
          server,
          extra + [
            "--http1.1", "--data-binary", "@\(file)", "--header", "Content-Type: application/dns-message",
            "https://dns.test:\(server.https)/dns-query",
          ])
        #expect(got.status == 413)
      }
    }
  }

  @Test("A request that dribbles in is cut off", arguments: [
    "GET /dns-query?dns=",
    "POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: application/dns-message\r\nContent-Length: 400\r\n\r\n",
  ])
  func dribble(start: String) async throws {
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 1
    try await withSecureServer(settings) { server in
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: Int(server.http))).get()
      try await channel.writeAndFlush(ByteBuffer(string: start))
      // An octet each tenth of the time keeps no connection open.
      let dribbling = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) { _ in
        channel.writeAndFlush(ByteBuffer(string: "A"), promise: nil)
      }
      try await channel.closeFuture.get()
      dribbling.cancel()
    }
  }

  @Test("A connection that is used stays, longer than an idle one", arguments: ["--http1.1", "--http2"])
  func used(way: String) async throws {
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 1
    try await withSecureServer(settings) { server in
      let url = "https://dns.test:\(server.https)/dns-query?dns=\(try Self.parameter())"
      let words = [
        "--silent", "--show-error", "--max-time", "10", way, "--cacert", server.certificate.files.certificate,
        "--resolve", "dns.test:\(server.https):127.0.0.1", "--rate", "4/s",
        "--write-out", "%{http_code} %{num_connects},",
      ]
      let text = try await output(of: "curl", words + (0..<8).flatMap { _ in ["--output", "/dev/null", url] })
      #expect(text == "200 1," + String(repeating: "200 0,", count: 7))
    }
  }

  @Test("Requests that wait behind another one's answer are not idle (RFC 9112 §9.3.2)")
  func pipelined() async throws {
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(RequestDeadline(.seconds(10)))
    try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
    let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")
    for _ in 0..<2 {
      try channel.writeInbound(HTTPRequestPart.head(request))
      try channel.writeInbound(HTTPRequestPart.end(nil))
    }
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(11))
    #expect(channel.isActive)
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(11))
    #expect(!channel.isActive)
  }

  @Test("A refusal that comes before its request is whole leaves the connection its time")
  func refusedEarly() async throws {
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(RequestDeadline(.seconds(10)))
    try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
    try channel.writeInbound(HTTPRequestPart.head(HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/")))
    try channel.writeOutbound(HTTPResponsePart.end(nil))
    try channel.writeInbound(HTTPRequestPart.end(nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(11))
    #expect(!channel.isActive)
  }

  @Test("Base 64 for URLs (RFC 4648 §5)", arguments: [
    ("", []), ("AA", [0]), ("AAA", [0, 0]), ("AAAA", [0, 0, 0]), ("-_-_", [0xFB, 0xFF, 0xBF]), ("AA==", [0]),
    ("A", nil), ("AB", nil), ("+/+/", nil), ("AA=A", nil), ("A A", nil),
  ] as [(String, [UInt8]?)])
  func base64(text: String, octets: [UInt8]?) {
    #expect(Base64URL.decode(Substring(text)) == octets)
  }
}
