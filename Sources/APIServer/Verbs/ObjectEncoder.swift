// SPDX-License-Identifier: Apache-2.0
import KubeModel

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

  init(_ resource: APIResource, _ request: ObjectRequest, now: Timestamp) throws(StatusError) {
    self.resource = resource
    self.now = now
    form = try request.form()
    guard let rowObject = RowObject(rawValue: request.query["includeObject"] ?? "Metadata") else {
      throw StatusError(.badRequest, "includeObject must be None, Metadata or Object")
    }
    self.rowObject = rowObject
  }

  /// One object; as a table it is one with a single row.
  /// - Parameter withColumns: whether a table names its columns; within a watch only its first does.
  func write(_ object: KubeObject, withColumns: Bool = true, to bytes: inout [UInt8]) {
    switch form {
    case .objects: bytes += object.json
    case .metadata: writeMetadata(of: object, to: &bytes)
    case .table:
      let metadata: JSONValue = ["resourceVersion": .string(String(object.metadata.resourceVersion))]
      writeTableStart(metadata, withColumns: withColumns, to: &bytes)
      writeRow(object, to: &bytes)
      bytes += "]}".utf8
    }
  }

  /// A list.
  /// - Parameter metadata: the list's own.
  func list(_ objects: some Collection<KubeObject>, metadata: JSONValue) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(objects.reduce(1024) { $0 + $1.json.count + 1 })
    switch form {
    case .objects, .metadata:
      let isWhole = form == .objects
      let kind = isWhole ? "\(resource.kind)List" : "PartialObjectMetadataList"
      let version = isWhole ? resource.apiVersion : Self.metaVersion
      bytes += "{\"kind\":\"\(kind)\",\"apiVersion\":\"\(version)\",\"metadata\":".utf8
      metadata.write(to: &bytes)
      bytes += ",\"items\":[".utf8
    case .table: writeTableStart(metadata, withColumns: true, to: &bytes)
    }
    for (index, object) in objects.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      switch form {
      case .objects: bytes += object.json
      case .metadata: writeMetadata(of: object, to: &bytes)
      case .table: writeRow(object, to: &bytes)
      }
    }
    bytes += "]}".utf8
    return bytes
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
