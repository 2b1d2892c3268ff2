// SPDX-License-Identifier: Apache-2.0
import KubeModel
import NIOCore
import Naming
import OrderedCollections
import TestSupport
import Testing

@testable import KubeClient

@Suite("What is read of objects") struct FactsTests {
  static let samples = Array(SampleObjects.texts.indices)

  @Test("protobuf, JSON and manifests give the same facts", arguments: samples) func same(_ index: Int) throws {
    let object = try SampleObjects.object(index)
    let kind = SampleObjects.texts[index].kind
    let expected = SampleObjects.expected(object, kind)
    #expect(try fromJSON(kind, object.json) == expected)
    #expect(try fromJSON(kind, Array(SampleObjects.texts[index].json.utf8)) == expected)
    #expect(try fromProtobuf(kind, object.protobufMessage) == expected)
  }

  @Test("a list is read object by object, however its octets come", arguments: [1, 2, 3, 7, 64, 1 << 20])
  func listInPieces(_ size: Int) throws {
    for kind in FollowedKind.allCases {
      let objects = try Self.samples.filter { SampleObjects.texts[$0].kind == kind }.map(SampleObjects.object)
      let expected = objects.map { SampleObjects.expected($0, kind) }
      let json = Array(
        #"{"kind":"L","metadata":{"resourceVersion":"42","continue":"to\u006ben"},"items":["#.utf8)
        + objects.map(\.json).joined(separator: [UInt8(ascii: ",")]) + Array(#"],"x":{"items":[{}]}}"#.utf8)
      let protobuf = ServerProtobuf.list(
        objects.map(\.protobufMessage), version: "42", continueToken: "token")
      for (octets, form) in [(json, AnswerForm.json), (protobuf, .protobuf)] {
        var reader = ListReader(kind, form)
        var facts: [ObjectFacts] = []
        for piece in octets.pieces(of: size) { try reader.read(piece) { facts.append($0) } }
        #expect(facts == expected)
        let end = try reader.finish()
        #expect(end.version == 42 && end.continueToken == "token")
        // One octet less, and it is not whole.
        var cut = ListReader(kind, form)
        #expect(throws: DecodingProblem.self) {
          try cut.read(ByteBuffer(bytes: octets.dropLast())) { _ in }
          _ = try cut.finish()
        }
      }
    }
  }

  @Test("events are read as they come", arguments: [1, 5, 1 << 20]) func eventsInPieces(_ size: Int) throws {
    let object = try SampleObjects.object(6)
    let facts = SampleObjects.expected(object, .endpointSlices)
    let bookmark = #"{"metadata":{"resourceVersion":"100","annotations":{"k8s.io/initial-events-end":"true"}}}"#
    let status = #"{"kind":"Status","code":410,"reason":"Expired","message":"too old","#
      + #""details":{"retryAfterSeconds":3}}"#
    let text = String(decoding: object.json, as: UTF8.self)
    let json = [("ADDED", text), ("BOOKMARK", bookmark), ("DELETED", text), ("ERROR", status)]
      .map { #"{"type":"\#($0.0)","object":\#($0.1)}"# + "\n" }.joined()
    let message = object.protobufMessage
    let end = try JSONParser.parse(bookmark).object ?? [:]
    let protobuf = ServerProtobuf.frame("ADDED", message)
      + ServerProtobuf.frame("BOOKMARK", ProtobufEncoder.encode(end, as: .endpointSlice))
      + ServerProtobuf.frame("DELETED", message)
      + ServerProtobuf.frame(
        "ERROR",
        ServerProtobuf.field(3, Array("too old".utf8)) + ServerProtobuf.field(4, Array("Expired".utf8))
          + ServerProtobuf.field(5, [5 << 3, 3]) + [6 << 3] + ServerProtobuf.varint(410))
    let expected: [WatchEvent] = [
      .updated(facts), .bookmark(version: 100, endsInitial: true), .deleted(facts),
      .error(ServerStatus(code: 410, reason: "Expired", message: "too old", retryAfter: .seconds(3))),
    ]
    for (octets, form) in [(Array(json.utf8), AnswerForm.json), (protobuf, .protobuf)] {
      var reader = WatchReader(.endpointSlices, form)
      var events: [WatchEvent] = []
      for piece in octets.pieces(of: size) { try reader.read(piece) { events.append($0) } }
      #expect(events == expected)
      #expect(reader.isBetweenEvents)
    }
  }

  @Test("what a server says of itself is one short line, and a status of HTTP") func outsideText() throws {
    let reason = String(repeating: "r", count: 99)
    let error = #"{"type":"ERROR","object":{"code":70000,"reason":"\#(reason)","message":"a\nb\u001b[1m"}}"#
    var reader = WatchReader(.services, .json)
    var events: [WatchEvent] = []
    try reader.read(ByteBuffer(string: error + "\n")) { events.append($0) }
    let expected = ServerStatus(code: 500, reason: String(repeating: "r", count: 80), message: "a b [1m")
    #expect(events == [.error(expected)])
    let plain = ServerStatus(code: 999, body: Array("no\r\nsuch".utf8), .json)
    #expect(plain == ServerStatus(code: 500, message: "no such"))
    let long = String(repeating: "x", count: 1000)
    for event in [
      #"{"type":"\#(long)","object":{}}"#, #"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"\#(long)"}}}"#,
    ] {
      var reader = WatchReader(.services, .json)
      let problem = #expect(throws: DecodingProblem.self) { try reader.read(ByteBuffer(string: event + "\n")) { _ in } }
      #expect(problem.map { (80..<150).contains($0.description.count) } == true)
    }
  }

  @Test("an object, a list's head and an event have limits") func limits() throws {
    var limits = DecodingLimits()
    (limits.object, limits.metadata) = (64, 32)
    let object = try SampleObjects.object(6)
    let message = object.protobufMessage
    let long = String(repeating: "x", count: 100)
    let lists: [([UInt8], AnswerForm)] = [
      (ServerProtobuf.list([message], version: "1"), .protobuf),
      (ServerProtobuf.list([], version: "1", continueToken: long), .protobuf),
      (Array(#"{"items":["#.utf8) + object.json + Array("]}".utf8), .json),
      (Array(#"{"metadata":{"continue":"\#(long)"}}"#.utf8), .json),
    ]
    for (octets, form) in lists {
      var reader = ListReader(.endpointSlices, form, limits: limits)
      #expect(throws: DecodingProblem.self) { for piece in octets.pieces(of: 8) { try reader.read(piece) { _ in } } }
    }
    let events: [([UInt8], AnswerForm)] = [
      (ServerProtobuf.frame("ADDED", message), .protobuf),
      (Array(#"{"type":"ADDED","object":"#.utf8) + object.json, .json),
    ]
    for (octets, form) in events {
      var reader = WatchReader(.endpointSlices, form, limits: limits)
      #expect(throws: DecodingProblem.self) { for piece in octets.pieces(of: 8) { try reader.read(piece) { _ in } } }
    }
  }

  @Test("truncated and mutated octets are refused or read, and never more", arguments: [1, 2, 3, 4] as [UInt64])
  func mutated(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    for index in Self.samples {
      let object = try SampleObjects.object(index)
      let kind = SampleObjects.texts[index].kind
      let message = object.protobufMessage
      let inputs: [([UInt8], AnswerForm)] = [
        (ServerProtobuf.list([message, message], version: "3"), .protobuf),
        (Array(#"{"metadata":{"resourceVersion":"3"},"items":["#.utf8) + object.json + Array("]}".utf8), .json),
      ]
      let frames: [([UInt8], AnswerForm)] = [
        (ServerProtobuf.frame("ADDED", message), .protobuf),
        (Array(#"{"type":"ADDED","object":"#.utf8) + object.json + Array("}\n".utf8), .json),
      ]
      for _ in 0..<150 {
        for (octets, form) in inputs {
          var reader = ListReader(kind, form)
          try? reader.read(ByteBuffer(bytes: octets.mutated(&random))) { _ in }
          _ = try? reader.finish()
        }
        for (octets, form) in frames {
          var reader = WatchReader(kind, form)
          try? reader.read(ByteBuffer(bytes: octets.mutated(&random))) { _ in }
        }
      }
    }
  }

  private func fromJSON(_ kind: FollowedKind, _ octets: [UInt8]) throws -> ObjectFacts {
    let text = String(decoding: octets, as: UTF8.self)
    let trimmed = Array(text.split(separator: "\n").joined(separator: " ").utf8)
    let end = try #require(trimmed.lastIndex(of: UInt8(ascii: "}")))
    return try FactsReader<JSONForm>.object(kind, 0..<(end + 1), trimmed.span)
  }

  private func fromProtobuf(_ kind: FollowedKind, _ octets: [UInt8]) throws -> ObjectFacts {
    try FactsReader<ProtobufForm>.object(kind, 0..<octets.count, octets.span)
  }
}

extension [UInt8] {
  func pieces(of size: Int) -> [ByteBuffer] {
    stride(from: 0, to: count, by: size).map { ByteBuffer(bytes: self[$0..<Swift.min($0 + size, count)]) }
  }

  /// With a few octets changed, taken out or put in, and perhaps its end cut off.
  func mutated(_ random: inout SeededGenerator) -> [UInt8] {
    var octets = self
    for _ in 0..<Int.random(in: 1...4, using: &random) where !octets.isEmpty {
      let place = Int.random(in: octets.indices, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: octets[place] = UInt8.random(in: .min ... .max, using: &random)
      case 1: octets[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      case 2: octets.remove(at: place)
      default: octets.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
      }
    }
    if Bool.random(using: &random) { octets.removeLast(Int.random(in: 0...octets.count, using: &random)) }
    return octets
  }
}
