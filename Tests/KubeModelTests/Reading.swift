// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

/// The members of a JSON object written as text.
func object(_ text: String) throws -> JSONObject {
  try #require(JSONParser.parse(text).object, "a test's JSON must be an object")
}

/// An object as it would be stored: decoded, nothing left over, defaults applied.
func stored(_ text: String, as type: ObjectType) throws -> JSONObject {
  var decoder = SchemaDecoder()
  var root = decoder.decode(try object(text), as: type)
  #expect(decoder.unknown.isEmpty)
  #expect(decoder.mismatches.isEmpty)
  type.applyDefaults(to: &root)
  return root
}

/// What validation says of an object, one line a problem.
func problems(_ text: String, in resource: APIResource) throws -> [String] {
  resource.validate(try stored(text, as: resource.type)).map(\.description)
}

extension JSONValue {
  /// The value with the members of all objects in order of their names, to compare where order does not count.
  var sorted: JSONValue {
    switch self {
    case .object(let members):
      var sorted = members.mapValues(\.sorted)
      sorted.sort()
      return .object(sorted)
    case .array(let elements): return .array(elements.map(\.sorted))
    default: return self
    }
  }
}
