// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Manifests
import OrderedCollections

/// How strictly a body is read (Kubernetes: the `fieldValidation` parameter).
enum FieldValidation: String {
  case strict = "Strict"
  case warn = "Warn"
  case ignore = "Ignore"

  /// Servers warn where a client does not say.
  init(_ query: Query) throws(StatusError) {
    guard let text = query["fieldValidation"] else {
      self = .warn
      return
    }
    guard let value = FieldValidation(rawValue: text) else {
      throw StatusError(
        .badRequest,
        "fieldValidation: Unsupported value: \"\(text)\": supported values: \"Ignore\", \"Strict\", \"Warn\"")
    }
    self = value
  }
}

/// An object that came in, with what the schema does not know removed.
struct DecodedObject {
  var root: JSONObject
  /// Sentences for the client.
  var warnings: [String] = []
}

/// Reads objects out of request bodies.
struct BodyReader {
  let resource: APIResource
  let validation: FieldValidation

  /// - Parameter contentType: JSON where there is none.
  func read(_ bytes: [UInt8], contentType: String?) throws(StatusError) -> DecodedObject {
    let tree: JSONValue
    var duplicates: [String] = []
    switch contentType.flatMap({ MediaType($0)?.name }) ?? "application/json" {
    case "application/json":
      do throws(JSONParseError) {
        (tree, duplicates) = try JSONParser.parseReportingDuplicates(bytes)
      } catch {
        throw StatusError(.badRequest, "the body is \(error)")
      }
    case "application/yaml": tree = try Self.yaml(bytes)
    case ProtobufDecoder.mediaType: tree = try Self.protobuf(bytes)
    default: throw Self.unknownFormat
    }
    return try decode(tree, duplicates: duplicates)
  }

  /// Reads a tree that is whole already, as a patched object is.
  func decode(_ tree: JSONValue, duplicates: [String] = []) throws(StatusError) -> DecodedObject {
    guard var members = tree.object else {
      throw StatusError(.badRequest, "expected an object, found \(tree.typeName)")
    }
    try checkType(&members)
    var decoder = SchemaDecoder()
    let root = decoder.decode(members, as: resource.type)
    guard decoder.mismatches.isEmpty else {
      throw cannotBeHandled(decoder.mismatches.map(\.description).joined(separator: ", "))
    }
    var problems = duplicates.map { "duplicate field \"\($0)\"" }
    problems += decoder.unknown.map { field in
      "unknown field \"\(field.path)\"" + (field.suggestion.isEmpty ? "" : " (\(field.suggestion))")
    }
    switch validation {
    case .strict where !problems.isEmpty:
      throw cannotBeHandled("strict decoding error: \(problems.joined(separator: ", "))")
    case .ignore, .strict: return DecodedObject(root: root)
    case .warn: return DecodedObject(root: root, warnings: problems)
    }
  }

  private func cannotBeHandled(_ why: String) -> StatusError {
    StatusError(
      .badRequest,
      "\(resource.kind) in version \"\(resource.version)\" cannot be handled as a \(resource.kind): \(why)")
  }

  /// A body without type fields is of the path's kind; one with others is refused.
  private func checkType(_ members: inout JSONObject) throws(StatusError) {
    for (field, expected) in [("apiVersion", resource.apiVersion), ("kind", resource.kind)] {
      let found = members[field]?.string ?? ""
      if found.isEmpty {
        members[field] = .string(expected)
      } else if found != expected {
        throw StatusError(
          .badRequest, "the \(field) in the data (\(found)) does not match the expected one (\(expected))")
      }
    }
  }

  private static func yaml(_ bytes: [UInt8]) throws(StatusError) -> JSONValue {
    do throws(YAMLProblem) {
      return try YAMLDocument.read(bytes) ?? .null
    } catch {
      throw StatusError(.badRequest, "the body is not a YAML document: \(error)")
    }
  }

  static func protobuf(_ bytes: [UInt8]) throws(StatusError) -> JSONValue {
    do throws(ProtobufError) {
      return .object(try ProtobufDecoder.decode(bytes))
    } catch {
      throw StatusError(.badRequest, "the body is not protobuf as Kubernetes writes it: \(error)")
    }
  }

  static let unknownFormat = StatusError(
    .unsupportedMediaType,
    "the body of the request was in an unknown format - accepted media types include: application/json, "
      + "application/yaml, \(ProtobufDecoder.mediaType)")
}
