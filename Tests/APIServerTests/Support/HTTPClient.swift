// SPDX-License-Identifier: Apache-2.0
import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP client for the server's Unix socket, one connection a request.
struct HTTPClient: Sendable {
  let socket: String

  struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
  }

  /// The parts of an answer as they come; ends with the answer.
  typealias Parts = NIOAsyncChannelInboundStream<HTTPClientResponsePart>

  func request(
    _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: String = ""
  ) async throws -> Answer {
    try await stream(method, path, headers: headers, body: body) { parts in
      var answer = Answer(status: 0, headers: [:], body: [])
      for try await part in parts {
        switch part {
        case .head(let head):
          answer.status = Int(head.status.code)
          answer.headers = head.headers
        case .body(let buffer): answer.body += buffer.readableBytesView
        case .end: return answer
        }
      }
      return answer
    }
  }

  func get(_ path: String, accept: String? = nil) async throws -> Answer {
    try await request(.GET, path, headers: accept.map { [("Accept", $0)] } ?? [])
  }

  func post(_ path: String, _ json: JSONValue, type: String? = "application/json") async throws -> Answer {
    try await request(.POST, path, headers: type.map { [("Content-Type", $0)] } ?? [], body: json.jsonText)
  }

  /// Sends a request and hands over what comes back, part by part.
  func stream<Value: Sendable>(
    _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: String = "",
    _ read: @Sendable (Parts) async throws -> Value
  ) async throws -> Value {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(unixDomainSocketPath: socket) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
            wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      var fields = HTTPHeaders([("Host", "callsign")] + headers)
      if !body.isEmpty { fields.add(name: "Content-Length", value: String(body.utf8.count)) }
      try await outbound.write(.head(HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)))
      if !body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(string: body)))) }
      try await outbound.write(.end(nil))
      return try await read(inbound)
    }
  }

  /// Reads the events of a watch until `isEnough` says so, or the watch ends.
  func watch(
    _ path: String, headers: [(String, String)] = [], until isEnough: @Sendable ([JSONValue]) async throws -> Bool
  ) async throws -> [JSONValue] {
    try await stream(.GET, path, headers: headers) { parts in
      var events: [JSONValue] = []
      var rest: [UInt8] = []
      for try await part in parts {
        switch part {
        case .head: if try await isEnough(events) { return events }
        case .body(let buffer):
          rest += buffer.readableBytesView
          while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            events.append(try JSONParser.parse(Array(rest[..<end])))
            rest.removeSubrange(...end)
            if try await isEnough(events) { return events }
          }
        case .end: return events
        }
      }
      return events
    }
  }
}

extension TestServer {
  var client: HTTPClient { HTTPClient(socket: socket) }
}
