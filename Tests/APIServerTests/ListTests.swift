// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import NIOHTTP1
import OrderedCollections
import Testing

@testable import APIServer

@Suite struct ListTests {
  private static let path = "/api/v1/namespaces/default/configmaps"

  private static func create(_ names: [String], in server: TestServer, octets: Int = 1) async throws {
    for name in names {
      _ = try await server.store.create(
        [
          "metadata": ["name": .string(name), "namespace": "default"],
          "data": ["k": .string(String(repeating: "x", count: octets))],
        ], in: .configMaps)
    }
  }

  private static func names(_ list: JSONValue) -> [String?] {
    list["items"]?.array?.map { $0["metadata"]?["name"]?.string } ?? []
  }

  /// What is deleted or made between two pages does not show: the pages are one list.
  @Test func pagesAreOneListAtOneTime() async throws {
    try await TestServer.run { server in
      try await Self.create(["a", "b", "c", "e"], in: server)
      let first = try await server.client.get(Self.path + "?limit=2").json
      #expect(first["metadata"]?["remainingItemCount"] == 2)
      let token = try #require(first["metadata"]?["continue"]?.string)
      for name in ["b", "c"] {
        try await server.store.delete(.configMaps, namespace: "default", name: name, options: DeleteOptions())
      }
      try await Self.create(["d"], in: server)
      let second = try await server.client.get(Self.path + "?limit=2&continue=\(token)").json
      #expect(Self.names(second) == ["c", "e"])
      #expect(second["metadata"]?["resourceVersion"] == first["metadata"]?["resourceVersion"])
      #expect(second["metadata"]?["continue"] == nil)
    }
  }

  @Test func aTokenExpires() async throws {
    var configuration = StoreConfiguration()
    configuration.historyLimit = 4
    try await TestServer.run(configuration: configuration) { server in
      try await Self.create(["a", "b", "c"], in: server)
      let first = try await server.client.get(Self.path + "?limit=2").json
      let token = try #require(first["metadata"]?["continue"]?.string)
      try await Self.create((0..<8).map { "d-\($0)" }, in: server)
      let second = try await server.client.get(Self.path + "?limit=2&continue=\(token)")
      #expect(second.status == 410 && second.json["reason"] == "Expired", "\(second.text)")
      let version = try #require(first["metadata"]?["resourceVersion"]?.string)
      let old = try await server.client.get(Self.path + "?limit=2&resourceVersion=\(version)")
      #expect(old.status == 410 && old.json["reason"] == "Expired", "\(old.text)")
    }
  }

  @Test func anExactVersion() async throws {
    try await TestServer.run { server in
      try await Self.create(["a", "b"], in: server)
      let version = server.store.version
      try await server.store.delete(.configMaps, namespace: "default", name: "a", options: DeleteOptions())
      let path = Self.path + "?resourceVersion=\(version)&resourceVersionMatch="
      let exact = try await server.client.get(path + "Exact").json
      #expect(Self.names(exact) == ["a", "b"] && exact["metadata"]?["resourceVersion"] == .string("\(version)"))
      #expect(Self.names(try await server.client.get(path + "NotOlderThan").json) == ["b"])
      // A page's version is meant exactly where nothing else is said; a whole list's is not.
      let plain = Self.path + "?resourceVersion=\(version)"
      #expect(Self.names(try await server.client.get(plain + "&limit=1").json) == ["a"])
      #expect(Self.names(try await server.client.get(plain).json) == ["b"])
      #expect(Self.names(try await server.client.get(path + "NotOlderThan&limit=1").json) == ["b"])
      #expect(Self.names(try await server.client.get(Self.path + "?resourceVersion=0&limit=1").json) == ["b"])
    }
  }

  /// A list that is longer than a piece of the answer is the same list.
  @Test(arguments: [
    "application/json", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
    "application/json;as=Table;v=v1;g=meta.k8s.io", "application/vnd.kubernetes.protobuf",
    "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  ])
  func inPieces(accept: String) async throws {
    let answers = Answers()
    for chunk in [64 << 20, 1000] {
      var limits = APIServerLimits()
      limits.chunk = chunk
      var configuration = StoreConfiguration()
      configuration.now = { Timestamp(microseconds: 0) }
      try await TestServer.run(limits: limits, configuration: configuration) { server in
        try await Self.create((0..<60).map { "m-\($0)" }, in: server, octets: 300)
        let answer = try await server.client.get(Self.path, accept: accept)
        #expect(answer.headers["Content-Type"].first?.hasPrefix(accept.prefix { $0 != ";" }) == true)
        #expect(answer.headers["Transfer-Encoding"] == (chunk == 1000 ? ["chunked"] : []))
        await answers.add(answer.body, uids: server.store.objects(.configMaps, namespace: nil).map(\.metadata.uid))
      }
    }
    let found = await answers.bodies
    #expect(found[0].count > 3000 && found[0] == found[1])
  }
}

/// Answers of two servers, whose objects differ in their uids alone.
private actor Answers {
  private(set) var bodies: [[UInt8]] = []

  func add(_ body: [UInt8], uids: [String]) {
    let known = Set(uids.map { Array($0.utf8) })
    var body = body
    var index = 0
    while index + 36 <= body.count {
      if known.contains(Array(body[index..<index + 36])) {
        body.replaceSubrange(index..<index + 36, with: repeatElement(UInt8(ascii: "u"), count: 36))
      }
      index += 1
    }
    bodies.append(body)
  }
}
