// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension ObjectType {
  /// All that is wrong with an object of this type that stands at `path`, in the order of its fields.
  package func validate(_ members: JSONObject, at path: FieldPath = FieldPath()) -> [FieldError] {
    var errors: [FieldError] = []
    validate(members, at: path, into: &errors)
    return errors
  }

  fileprivate func validate(_ members: JSONObject, at path: FieldPath, into errors: inout [FieldError]) {
    for field in fields {
      let fieldPath = path.appending(field.name)
      guard let value = members[field.name] else {
        if field.isRequired { errors.append(.required(fieldPath)) }
        continue
      }
      if field.isRequired, case .string("") = value {
        errors.append(.required(fieldPath))
        continue
      }
      for rule in field.rules { rule.check(value, at: fieldPath, into: &errors) }
      field.type.validate(value, at: fieldPath, into: &errors)
    }
    validation?(members, path, &errors)
  }
}

extension FieldType {
  fileprivate func validate(_ value: JSONValue, at path: FieldPath, into errors: inout [FieldError]) {
    switch (self, value) {
    case (.object(let type), .object(let members)):
      type.validate(members, at: path, into: &errors)
    case (.list(let element, _), .array(let elements)):
      for (index, value) in elements.enumerated() {
        element.validate(value, at: path.appending(index: index), into: &errors)
      }
    case (.map(let element), .object(let members)):
      for (key, value) in members { element.validate(value, at: path.appending(key: key), into: &errors) }
    default: break
    }
  }
}
