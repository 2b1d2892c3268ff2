// SPDX-License-Identifier: Apache-2.0
import KubeClient
import KubeModel
import NIOCore
import OrderedCollections

/// Lists and watches of an API server: however their octets come, they are read to the same facts, or to the same end.
///
/// The first octet says what the rest is: its kind, whether it is protobuf, and whether it is a watch.
enum ObjectTarget {
  private static let kinds = FollowedKind.allCases
  private static let protobufBit: UInt8 = 0x40
  private static let watchBit: UInt8 = 0x80

  /// What was read, and whether it made sense to its end.
  private struct Outcome: Equatable {
    var facts: [ObjectFacts] = []
    var events: [WatchEvent] = []
    var end: ListEnd?
    var isGood = false
  }

  static func run(_ input: [UInt8]) throws(FuzzFailure) {
    guard let head = input.first else { return }
    let kind = kinds[Int(head & 0x3F) % kinds.count]
    let form: AnswerForm = head & protobufBit != 0 ? .protobuf : .json
    let octets = Array(input.dropFirst())
    let whole = read(octets, kind, form, isWatch: head & watchBit != 0, size: max(octets.count, 1))
    for size in [1, 3, 50] {
      let pieces = read(octets, kind, form, isWatch: head & watchBit != 0, size: size)
      try FuzzFailure.unless(pieces == whole, "in pieces of \(size): \(pieces), and as a whole: \(whole)")
    }
  }

  private static func read(
    _ octets: [UInt8], _ kind: FollowedKind, _ form: AnswerForm, isWatch: Bool, size: Int
  ) -> Outcome {
    var outcome = Outcome()
    let pieces = stride(from: 0, to: octets.count, by: size).map {
      ByteBuffer(bytes: octets[$0..<min($0 + size, octets.count)])
    }
    if isWatch {
      var reader = WatchReader(kind, form)
      do {
        for piece in pieces { try reader.read(piece) { outcome.events.append($0) } }
        outcome.isGood = reader.isBetweenEvents
      } catch {
        // As it may be.
      }
    } else {
      var reader = ListReader(kind, form)
      do {
        for piece in pieces { try reader.read(piece) { outcome.facts.append($0) } }
        outcome.end = try reader.finish()
        outcome.isGood = true
      } catch {
        // As it may be.
      }
    }
    return outcome
  }

  // MARK: Seeds

  static let seeds: [[UInt8]] = kinds.indices.flatMap { index -> [[UInt8]] in
    let (head, resource) = (UInt8(index), kinds[index].resource)
    guard let json = try? JSONParser.parse(objects[index]).object else { return [] }
    let text = Array(objects[index].utf8)
    let message = ProtobufEncoder.encode(json, as: resource.type)
    let list = Array(#"{"metadata":{"resourceVersion":"9","continue":"c"},"items":["#.utf8) + text + Array("]}".utf8)
    let event = Array(#"{"type":"MODIFIED","object":"#.utf8) + text + Array("}\n".utf8)
    let frame = field(1, Array("ADDED".utf8)) + field(2, field(1, envelope(message)))
    return [
      [head] + list, [head | watchBit] + event,
      [head | protobufBit] + envelope(field(1, field(2, [0x39])) + field(2, message) + field(2, message)),
      [head | protobufBit | watchBit] + [0, 0, UInt8(frame.count >> 8), UInt8(frame.count & 255)] + frame,
    ]
  }

  private static let objects = [
    #"{"metadata":{"name":"a","resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}"#,
    #"{"metadata":{"name":"a","namespace":"b"},"spec":{"type":"ClusterIP","clusterIPs":["10.0.0.1","fd00::1"],"ports":"#
      + #"[{"name":"x","port":80}]}}"#,
    #"{"metadata":{"name":"a","namespace":"b","labels":{"kubernetes.io/service-name":"s","#
      + #""service.kubernetes.io/headless":""}},"ports":[{"port":1}],"endpoints":[{"addresses":["10.0.0.1"],"#
      + #""hostname":"h","conditions":{"ready":false}}]}"#,
    #"{"metadata":{"name":"a","namespace":"b"},"spec":{"hostname":"h","subdomain":"s"},"status":{"phase":"Running","#
      + #""podIPs":[{"ip":"10.0.0.1"}]}}"#,
    #"{"metadata":{"name":"a","namespace":"b"},"spec":{"serviceName":"s","replicas":3,"ordinals":{"start":1}}}"#,
  ]

  private static func envelope(_ message: [UInt8]) -> [UInt8] { [0x6B, 0x38, 0x73, 0] + field(2, message) }

  /// A field whose content has a length in front, of up to 16,383 octets.
  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length = content.count < 0x80
      ? [UInt8(content.count)] : [UInt8(content.count & 0x7F) | 0x80, UInt8(content.count >> 7)]
    return [number << 3 | 2] + length + content
  }
}
