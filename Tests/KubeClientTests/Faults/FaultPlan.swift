// SPDX-License-Identifier: Apache-2.0
import KubeModel
import NIOCore
import OrderedCollections

@testable import KubeClient

/// What is done to one answer between an API server and its client.
enum Fault: Hashable, Sendable {
  /// Handed on as it is.
  case none
  /// The request is answered with this status in the server's place.
  case status(Int, retryAfter: Int? = nil)
  /// Nothing at all is answered.
  case noAnswer
  /// The connection is closed after some octets of the body, wherever that is.
  case cut(octets: Int)
  /// The body ends there as if it were whole.
  case truncate(octets: Int)
  /// From there on nothing comes any more, and the connection stays.
  case hold(octets: Int)
  /// From there on all octets are ones.
  case garble(octets: Int)
  /// The body comes in pieces of so many octets.
  case trickle(Int)
  /// A watch tells so many events, then that its version has expired, and ends.
  case expire(events: Int)
  /// A watch tells so many events, then only of versions that nothing has changed at, then breaks.
  case bookmarks(events: Int)
  /// Each event of a watch is told twice.
  case duplicate
  /// Two events in a row change places, where they are of different objects.
  case reorder

  /// One of all kinds.
  static func random(by generator: inout some RandomNumberGenerator) -> Fault {
    let octets = Int.random(in: 0..<3000, using: &generator)
    let events = Int.random(in: 0..<12, using: &generator)
    return switch Int.random(in: 0..<17, using: &generator) {
    case 0: .status(410)
    case 1: .status(429, retryAfter: 1)
    case 2: .status(500)
    case 3: .status(503, retryAfter: 1)
    case 4: .status(504)
    case 5: .noAnswer
    case 6, 7: .cut(octets: octets)
    case 8: .truncate(octets: octets)
    case 9: .hold(octets: octets)
    case 10: .garble(octets: octets)
    case 11: .trickle(Int.random(in: 1..<40, using: &generator))
    case 12: .expire(events: events)
    case 13: .bookmarks(events: events)
    case 14: .duplicate
    case 15: .reorder
    default: .none
    }
  }
}

/// Cuts the body of a watch into its events, and writes ones that the server did not.
struct WatchFrames {
  private let isProtobuf: Bool
  private var rest: [UInt8] = []

  init(contentType: String) { isProtobuf = contentType.contains("protobuf") }

  /// The events that are whole by now, each with what divides it from the next.
  mutating func take(_ octets: some Sequence<UInt8>) -> [[UInt8]] {
    rest += octets
    var frames: [[UInt8]] = []
    var start = 0
    while let end = end(from: start) {
      frames.append(Array(rest[start..<end]))
      start = end
    }
    rest.removeFirst(start)
    return frames
  }

  private func end(from start: Int) -> Int? {
    guard isProtobuf else { return rest[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } }
    guard rest.count >= start + 4 else { return nil }
    let length = rest[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    return rest.count >= start + 4 + length ? start + 4 + length : nil
  }

  /// The event by which a server says that it has forgotten a version.
  var expired: [UInt8] {
    let status = Self.text(2, "Failure") + Self.text(3, "too old resource version") + Self.text(4, "Expired")
    // `code` is a number: field 6 of wire type 0.
    let code: [UInt8] = [6 << 3] + Self.number(410)
    return event(
      "ERROR",
      json: [
        "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "reason": "Expired", "code": 410,
        "message": "too old resource version",
      ],
      kind: "Status", raw: status + code)
  }

  func bookmark(_ kind: String, _ apiVersion: String, version: String) -> [UInt8] {
    event(
      "BOOKMARK",
      json: [
        "kind": .string(kind), "apiVersion": .string(apiVersion), "metadata": ["resourceVersion": .string(version)],
      ],
      apiVersion: apiVersion, kind: kind, raw: Self.octets(1, Self.text(6, version)))
  }

  private func event(
    _ type: String, json: JSONValue, apiVersion: String = "v1", kind: String, raw: [UInt8]
  ) -> [UInt8] {
    guard isProtobuf else {
      let event: JSONValue = ["type": .string(type), "object": json]
      return event.encoded() + [UInt8(ascii: "\n")]
    }
    let meta = Self.text(1, apiVersion) + Self.text(2, kind)
    let object = Array("k8s\0".utf8) + Self.octets(1, meta) + Self.octets(2, raw)
    let message = Self.text(1, type) + Self.octets(2, Self.octets(1, object))
    return (0..<4).map { UInt8(truncatingIfNeeded: message.count >> (24 - 8 * $0)) } + message
  }

  // Protocol buffers: field 1…15 of wire type 2 is its number, the length and the octets.
  private static func octets(_ field: UInt8, _ octets: [UInt8]) -> [UInt8] {
    [field << 3 | 2] + number(octets.count) + octets
  }
  private static func text(_ field: UInt8, _ text: String) -> [UInt8] { octets(field, Array(text.utf8)) }

  private static func number(_ value: Int) -> [UInt8] {
    var octets: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      octets.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return octets + [UInt8(rest)]
  }
}
