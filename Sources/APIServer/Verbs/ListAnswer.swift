// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import NIOCore
import OrderedCollections

/// A list as an answer: a small one at once, a large one in pieces, so that it is never in memory as a whole.
struct ListAnswer: Sendable {
  let encoder: ObjectEncoder
  let objects: ArraySlice<KubeObject>
  /// The list's own metadata.
  let metadata: JSONValue
  /// Octets that are written at a time.
  let chunk: Int

  var response: Response {
    let type = encoder.form.encoding.mediaType
    // Its JSON is about as long as a table's row, and longer than an object in protobuf.
    let octets = objects.reduce(0) { $0 + $1.json.count }
    guard octets > chunk else {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(octets + 1024)
      switch encoder.form.encoding {
      case .json: writeJSON(to: &bytes)
      case .protobuf: writeProtobuf(objects.map(encoder.message), to: &bytes)
      }
      return .content(bytes, type: type)
    }
    return Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "no-cache, private"],
      body: ResponseBody { writer in
        switch encoder.form.encoding {
        case .json: try await streamJSON(to: &writer)
        case .protobuf: try await streamProtobuf(to: &writer)
        }
        try await writer.finish(nil)
      })
  }

  private func writeJSON(to bytes: inout [UInt8]) {
    encoder.writeListStart(metadata, to: &bytes)
    for (index, object) in objects.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      encoder.writeItem(object, to: &bytes)
    }
    bytes += "]}".utf8
  }

  @concurrent
  private func streamJSON(to writer: inout any ResponseBodyWriter) async throws {
    var bytes = startOfChunk
    encoder.writeListStart(metadata, to: &bytes)
    for (index, object) in objects.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      encoder.writeItem(object, to: &bytes)
      try await flush(&bytes, over: chunk, to: &writer)
    }
    bytes += "]}".utf8
    try await flush(&bytes, over: 0, to: &writer)
  }

  private func writeProtobuf(_ messages: [[UInt8]], to bytes: inout [UInt8]) {
    writeProtobufStart(messages, to: &bytes)
    for message in messages { Self.writeItem(message, to: &bytes) }
  }

  @concurrent
  private func streamProtobuf(to writer: inout any ResponseBodyWriter) async throws {
    // The length of the whole stands at its start, so that every object is encoded first, unless it was before.
    var messages: [[UInt8]] = []
    messages.reserveCapacity(objects.count)
    var octets = 0
    for object in objects {
      messages.append(encoder.message(of: object))
      octets += object.json.count
      if octets > chunk {
        octets = 0
        await Task.yield()
      }
    }
    var bytes = startOfChunk
    writeProtobufStart(messages, to: &bytes)
    for message in messages {
      Self.writeItem(message, to: &bytes)
      try await flush(&bytes, over: chunk, to: &writer)
    }
    try await flush(&bytes, over: 0, to: &writer)
  }

  /// The number of a list's items in its message; its metadata is 1.
  private static let itemsField = 2

  private static func writeItem(_ message: [UInt8], to bytes: inout [UInt8]) {
    bytes.appendProtobufTag(itemsField, wireType: 2)
    bytes.appendProtobufNumber(UInt64(message.count))
    bytes += message
  }

  /// The envelope, and the list's metadata.
  private func writeProtobufStart(_ messages: [[UInt8]], to bytes: inout [UInt8]) {
    var list = ProtobufWriter()
    list.bytes(1, ProtobufEncoder.encode(metadata.object ?? [:], as: .listMeta))
    let items = messages.reduce(0) { $0 + 1 + [UInt8].protobufNumberSize(UInt64($1.count)) + $1.count }
    ProtobufEnvelope(apiVersion: encoder.kind.apiVersion, kind: encoder.kind.name + "List")
      .writeHead(ofMessage: list.octets.count + items, to: &bytes)
    bytes += list.octets
  }

  private var startOfChunk: [UInt8] {
    var bytes: [UInt8] = []
    // The last object of a chunk may go beyond its end.
    bytes.reserveCapacity(chunk + chunk / 4)
    return bytes
  }

  @concurrent
  private func flush(
    _ bytes: inout [UInt8], over size: Int, to writer: inout any ResponseBodyWriter
  ) async throws {
    guard bytes.count > size else { return }
    try await writer.write(ByteBuffer(bytes: bytes))
    bytes.removeAll(keepingCapacity: true)
  }
}
