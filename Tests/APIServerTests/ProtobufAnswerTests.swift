// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import NIOCore
import NIOHTTP1
import OrderedCollections
import Testing

@testable import APIServer
@testable import KubeModel

/// Answers in the protobuf form, as client-go asks for them.
@Suite struct ProtobufAnswerTests {
  private static let services = "/api/v1/namespaces/default/services"
  private static let accept = "application/vnd.kubernetes.protobuf,application/json"
  private static let metadataOnly = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

  private static func create(_ name: String, in server: TestServer) async throws {
    _ = try await server.store.create(
      [
        "metadata": ["name": .string(name), "namespace": "default"],
        "spec": ["clusterIP": "None", "ports": [["name": "http", "port": 80, "targetPort": "web"]]],
      ], in: .services)
  }

  /// The fields of a message: what each number holds, in order.
  private static func fields(_ octets: [UInt8]) throws -> [Int: [[UInt8]]] {
    var reader = ProtobufReader(octets[...])
    var found: [Int: [[UInt8]]] = [:]
    while let field = try reader.next() {
      if case .octets(let octets) = field.value { found[field.number, default: []].append(Array(octets)) }
    }
    return found
  }

  /// The tree of an answer, as it would be read.
  private static func object(_ octets: [UInt8], of type: ObjectType = .service) throws -> JSONValue {
    var decoder = SchemaDecoder()
    return .object(decoder.decode(try ProtobufDecoder.decode(octets), as: type))
  }

  @Test func objectsAndWrites() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server)
      let got = try await server.client.get(Self.services + "/a", accept: Self.accept)
      #expect(got.headers["Content-Type"] == ["application/vnd.kubernetes.protobuf"])
      let json = try await server.client.get(Self.services + "/a").json
      #expect(try Self.object(got.body).isEquivalent(to: json))

      let headers = [("Accept", Self.accept), ("Content-Type", "application/json")]
      let body = #"{"metadata":{"name":"b"},"spec":{"ports":[{"port":1}]},"x":1}"#
      let created = try await server.client.request(.POST, Self.services, headers: headers, body: body)
      #expect(created.status == 201 && created.headers["Warning"].count == 1)
      #expect(try Self.object(created.body)["spec"]?["type"] == "ClusterIP")

      let merge = [("Accept", Self.accept), ("Content-Type", "application/merge-patch+json")]
      let patched = try await server.client.request(
        .PATCH, Self.services + "/b", headers: merge, body: #"{"metadata":{"labels":{"l":"v"}}}"#)
      #expect(try Self.object(patched.body)["metadata"]?["labels"] == ["l": "v"])
      // What came in this form goes back in it.
      let put = try await server.client.request(
        .PUT, Self.services + "/b", headers: headers, body: try Self.object(patched.body).jsonText)
      #expect(put.status == 200)

      let deleted = try await server.client.request(.DELETE, Self.services + "/b", headers: headers)
      let status = try Self.object(deleted.body, of: .status)
      #expect(status["status"] == "Success" && status["details"]?["name"] == "b")
    }
  }

  @Test func lists() async throws {
    try await TestServer.run { server in
      for name in ["a", "b", "c"] { try await Self.create(name, in: server) }
      let answer = try await server.client.get(Self.services + "?limit=2", accept: Self.accept)
      #expect(answer.body.starts(with: Array("k8s\0".utf8)))
      let envelope = try Self.fields(Array(answer.body.dropFirst(4)))
      let type = try Self.fields(envelope[1]?.first ?? [])
      #expect(type[1] == [Array("v1".utf8)] && type[2] == [Array("ServiceList".utf8)])
      let list = try Self.fields(envelope[2]?.first ?? [])
      let items = try (list[2] ?? []).map { item in
        let metadata = try Self.fields(try Self.fields(item)[1]?.first ?? [])
        return String(decoding: metadata[1]?.first ?? [], as: UTF8.self)
      }
      #expect(items == ["a", "b"])
      let metadata = try Self.fields(list[1]?.first ?? [])
      #expect(metadata[2] == [Array(String(server.store.version).utf8)])
      let token = String(decoding: try #require(metadata[3]?.first), as: UTF8.self)
      let rest = try await server.client.get(Self.services + "?continue=\(token)").json
      #expect(rest["items"]?.array?.map { $0["metadata"]?["name"] } == ["c"])
    }
  }

  @Test func metadataAlone() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server)
      let answer = try await server.client.get(Self.services + "/a", accept: Self.metadataOnly)
      let envelope = try Self.fields(Array(answer.body.dropFirst(4)))
      #expect(try Self.fields(envelope[1]?.first ?? [])[2] == [Array("PartialObjectMetadata".utf8)])
      #expect(try Self.fields(envelope[2]?.first ?? []).keys.sorted() == [1])
    }
  }

  @Test(arguments: [
    ("/api/v1/namespaces/default/services/none", 404, "NotFound"), ("/nothing", 404, "NotFound"),
    ("/api/v1/services?limit=x", 400, "BadRequest"), ("/api/v1/services?watch=1&resourceVersion=9999", 410, "Expired"),
  ])
  func refusals(path: String, code: Int, reason: String) async throws {
    try await TestServer.run { server in
      let answer = try await server.client.get(path, accept: Self.accept)
      #expect(answer.status == code)
      let status = try Self.object(answer.body, of: .status)
      #expect(status["kind"] == "Status" && status["reason"] == .string(reason) && status["code"] == .int(Int64(code)))
    }
  }

  /// One event of a watch: its type, and the object in its envelope.
  private struct Event {
    var type: String
    var object: [UInt8]

    init(_ frame: [UInt8]) throws {
      let fields = try ProtobufAnswerTests.fields(frame)
      type = String(decoding: fields[1]?.first ?? [], as: UTF8.self)
      object = try ProtobufAnswerTests.fields(fields[2]?.first ?? [])[1]?.first ?? []
    }
  }

  /// Reads the frames of a watch until there are `count`.
  private static func watch(
    _ server: TestServer, _ path: String, accept: String = accept, count: Int,
    onHead: @escaping @Sendable () async throws -> Void = {}
  ) async throws -> [Event] {
    let frames = try await server.client.stream(.GET, path, headers: [("Accept", accept)]) { parts in
      var frames: [[UInt8]] = []
      var rest: [UInt8] = []
      for try await part in parts {
        switch part {
        case .head(let head):
          #expect(head.headers["Content-Type"] == ["application/vnd.kubernetes.protobuf;stream=watch"])
          try await onHead()
        case .body(let buffer):
          rest += buffer.readableBytesView
          while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4 + length else { break }
            frames.append(Array(rest[4..<4 + length]))
            rest.removeFirst(4 + length)
          }
          if frames.count >= count { return frames }
        case .end: return frames
        }
      }
      return frames
    }
    return try frames.map { try Event($0) }
  }

  @Test func watches() async throws {
    try await TestServer.run { server in
      try await Self.create("a", in: server)
      let start = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
      let events = try await Self.watch(server, Self.services + "?watch=true" + start, count: 4) {
        try await Self.create("b", in: server)
        try await server.store.delete(.services, namespace: "default", name: "a", options: DeleteOptions())
      }
      #expect(events.map(\.type) == ["ADDED", "BOOKMARK", "ADDED", "DELETED"])
      let objects = try events.map { try Self.object($0.object) }
      #expect(objects.map { $0["kind"]?.string } == Array(repeating: "Service", count: 4))
      #expect(objects[1]["metadata"]?["annotations"] == ["k8s.io/initial-events-end": "true"])
      #expect(objects.map { $0["metadata"]?["name"]?.string } == ["a", nil, "b", "a"])
      #expect(objects[3]["metadata"]?["resourceVersion"] == .string(String(server.store.version)))
    }
  }

  @Test func aWatchThatCannotGoOnIsTold() throws {
    let encoder = ObjectEncoder(.services, ResponseForm(.objects, .protobuf), now: Timestamp(microseconds: 0))
    let path = try #require(ObjectPath(group: "", version: "v1", rest: ["services"]))
    var frame: [UInt8] = []
    WatchEncoder(try WatchRequest(path, Query("watch=1")), encoder).error(StatusError(.expired, "gone"), to: &frame)
    let event = try Event(Array(frame.dropFirst(4)))
    #expect(event.type == "ERROR")
    let status = try Self.object(event.object, of: .status)
    #expect(status["code"] == 410 && status["message"] == "gone")
  }
}
