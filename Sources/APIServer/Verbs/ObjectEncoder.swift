// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// Writes objects in the form that a client asked for.
struct ObjectEncoder: Sendable {
  /// What a table's rows carry beside their cells.
  enum RowObject: String {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
  }

  let resource: APIResource
  let form: ResponseForm
  let rowObject: RowObject
  /// The time by which ages are counted.
  let now: Timestamp

  init(_ resource: APIResource, _ form: ResponseForm, rowObject: RowObject = .metadata, now: Timestamp) {
    self.resource = resource
    self.form = form
    self.rowObject = rowObject
    self.now = now
  }

  init(_ resource: APIResource, _ request: ObjectRequest, now: Timestamp) throws(StatusError) {
    guard let rowObject = RowObject(rawValue: request.query["includeObject"] ?? "Metadata") else {
      throw StatusError(.badRequest, "includeObject must be None, Metadata or Object")
    }
    self.init(resource, try request.form(), rowObject: rowObject, now: now)
  }

  /// The kind that answers name: the objects' own, or that of their metadata alone.
  var kind: (apiVersion: String, name: String) {
    form.content == .metadata ? (Self.metaVersion, "PartialObjectMetadata") : (resource.apiVersion, resource.kind)
  }

  /// One object; as a table it is one with a single row.
  /// - Parameter withColumns: whether a table names its columns; within a watch only its first does.
  func write(_ object: KubeObject, withColumns: Bool = true, to bytes: inout [UInt8]) {
    switch (form.content, form.encoding) {
    case (.objects, .json): bytes += object.json
    case (.metadata, .json): writeMetadata(of: object, to: &bytes)
    case (.table, _):
      let metadata: JSONValue = ["resourceVersion": .string(String(object.metadata.resourceVersion))]
      writeTableStart(metadata, withColumns: withColumns, to: &bytes)
      writeRow(object, to: &bytes)
      bytes += "]}".utf8
    case (_, .protobuf): envelope.write(message(of: object), to: &bytes)
    }
  }

  /// What stands around a single object in protobuf.
  var envelope: ProtobufEnvelope { ProtobufEnvelope(apiVersion: kind.apiVersion, kind: kind.name) }

  /// The object's message in protobuf.
  func message(of object: KubeObject) -> [UInt8] {
    guard form.content == .metadata else { return object.protobuf }
    return message(of: ["metadata": object["metadata"] ?? [:]])
  }

  /// The message of an object that is not stored; of it, `metadata` may be all.
  func message(of members: JSONObject) -> [UInt8] {
    ProtobufEncoder.encode(members, as: resource.type)
  }

  /// What comes before the items of a list in JSON.
  func writeListStart(_ metadata: JSONValue, to bytes: inout [UInt8]) {
    guard form.content != .table else { return writeTableStart(metadata, withColumns: true, to: &bytes) }
    bytes += "{\"kind\":\"\(kind.name)List\",\"apiVersion\":\"\(kind.apiVersion)\",\"metadata\":".utf8
    metadata.write(to: &bytes)
    bytes += ",\"items\":[".utf8
  }

  /// One item of a list in JSON.
  func writeItem(_ object: KubeObject, to bytes: inout [UInt8]) {
    switch form.content {
    case .objects: bytes += object.json
    case .metadata: writeMetadata(of: object, to: &bytes)
    case .table: writeRow(object, to: &bytes)
    }
  }

  private static let metaVersion = "meta.k8s.io/v1"

  private func writeMetadata(of object: KubeObject, to bytes: inout [UInt8]) {
    bytes += "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"\(Self.metaVersion)\",\"metadata\":".utf8
    (object["metadata"] ?? [:]).write(to: &bytes)
    bytes.append(UInt8(ascii: "}"))
  }

  private func writeTableStart(_ metadata: JSONValue, withColumns: Bool, to bytes: inout [UInt8]) {
    bytes += "{\"kind\":\"Table\",\"apiVersion\":\"\(Self.metaVersion)\",\"metadata\":".utf8
    metadata.write(to: &bytes)
    bytes += ",\"columnDefinitions\":".utf8
    if withColumns {
      let columns = resource.columns.map { column -> JSONValue in
        [
          "name": .string(column.name), "type": .string(column.type.rawValue),
          "format": column.name == "Name" ? "name" : "", "description": "", "priority": .int(Int64(column.priority)),
        ]
      }
      JSONValue.array(columns).write(to: &bytes)
    } else {
      bytes += "null".utf8
    }
    bytes += ",\"rows\":[".utf8
  }

  private func writeRow(_ object: KubeObject, to bytes: inout [UInt8]) {
    bytes += "{\"cells\":".utf8
    JSONValue.array(resource.columns.map { $0.cell(object, now) }).write(to: &bytes)
    switch rowObject {
    case .none: break
    case .metadata:
      bytes += ",\"object\":".utf8
      writeMetadata(of: object, to: &bytes)
    case .object:
      bytes += ",\"object\":".utf8
      bytes += object.json
    }
    bytes.append(UInt8(ascii: "}"))
  }
}
