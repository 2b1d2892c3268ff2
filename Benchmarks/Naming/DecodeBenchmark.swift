// SPDX-License-Identifier: Apache-2.0
import KubeClient
import KubeModel
import NIOCore
import Naming
import OrderedCollections

/// What it costs to read a list of slices as an API server sends it.
extension NamingBenchmark {
  private static let sliceCount = 10_000
  private static let endpointCount = 15
  /// Octets that come at once, as HTTP/2 has them.
  private static let pieceLength = 16 << 10

  static func decoding() throws -> [Figure] {
    let slices = (0..<sliceCount).map(slice)
    return try [AnswerForm.protobuf, .json].map { form in
      let octets = form == .protobuf ? protobufList(slices) : jsonList(slices)
      let pieces = stride(from: 0, to: octets.count, by: pieceLength).map {
        ByteBuffer(bytes: octets[$0..<min($0 + pieceLength, octets.count)])
      }
      var times = Samples()
      for _ in 0..<5 {
        var count = 0
        try times.time {
          var reader = ListReader(.endpointSlices, form)
          for piece in pieces { try reader.read(piece) { _ in count += 1 } }
          _ = try reader.finish()
        }
        precondition(count == sliceCount)
      }
      let isProtobuf = form == .protobuf
      return Figure(
        title: "150,000 endpoints in \(isProtobuf ? "protobuf" : "JSON"): facts of all",
        value: times.microseconds(0.5) / 1000, unit: "ms", bar: isProtobuf ? .time(100) : .none,
        note: "median of 5; \(octets.count / 1_000_000) MB in pieces of \(pieceLength / 1024) KiB")
    }
  }

  /// With all that the slices of a cluster have beside what names need.
  private static func slice(_ number: Int) -> KubeObject {
    let endpoints = (0..<endpointCount).map { endpoint -> JSONValue in
      let pod: JSONValue = .string("hs-\(number)-7d4b9c6f5-\(endpoint)")
      return [
        "addresses": [.string("10.\(number >> 8 & 255).\(number & 255).\(endpoint)")],
        "conditions": ["ready": true, "serving": true, "terminating": false],
        "targetRef": [
          "kind": "Pod", "namespace": "ns-1", "name": pod, "uid": "0b7a5b3e-6b0f-4c58-9d8e-3f2a1c4d5e6f",
        ],
        "nodeName": "node-17", "zone": "zone-a",
      ]
    }
    return KubeObject(
      [
        "metadata": [
          "name": .string("hs-\(number)-x7k2p"), "namespace": "ns-1", "resourceVersion": .string("\(number + 1)"),
          "uid": "5f0c9a57-0d9b-4f43-8a86-0b8c0d4b9d5e",
          "labels": [
            "kubernetes.io/service-name": .string("hs-\(number)"), "service.kubernetes.io/headless": "",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
          ],
          "annotations": ["endpoints.kubernetes.io/last-change-trigger-time": "2026-01-31T12:00:00Z"],
        ],
        "addressType": "IPv4", "endpoints": .array(endpoints),
        "ports": [["name": "http", "port": 80, "protocol": "TCP"]],
      ], of: .endpointSlices)
  }

  private static func jsonList(_ slices: [KubeObject]) -> [UInt8] {
    Array(#"{"metadata":{"resourceVersion":"1"},"items":["#.utf8)
      + slices.map(\.json).joined(separator: [UInt8(ascii: ",")]) + Array("]}".utf8)
  }

  private static func protobufList(_ slices: [KubeObject]) -> [UInt8] {
    var list = field(1, field(2, Array("1".utf8)))
    for slice in slices { list += field(2, ProtobufEncoder.encode(slice.root, as: slice.resource.type)) }
    return ProtobufDecoder.magic + field(2, list)
  }

  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    var octets = [number << 3 | 2]
    var length = content.count
    while length >= 0x80 {
      octets.append(UInt8(length & 0x7F) | 0x80)
      length >>= 7
    }
    octets.append(UInt8(length))
    return octets + content
  }
}
