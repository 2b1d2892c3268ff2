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
      for rule in field.rules {
        if let error = rule.violation(by: value, at: fieldPath) { errors.append(error) }
      }
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
    case (.list(let element, let kind), .array(let elements)):
      for (index, value) in elements.enumerated() {
        element.validate(value, at: path.appending(index: index), into: &errors)
      }
      reportDuplicates(in: elements, kind, at: path, into: &errors)
    case (.map(let element), .object(let members)):
      for (key, value) in members { element.validate(value, at: path.appending(key: key), into: &errors) }
    default: break
    }
  }

  /// Elements of a set or of a keyed list must differ.
  private func reportDuplicates(
    in elements: [JSONValue], _ kind: ListKind, at path: FieldPath, into errors: inout [FieldError]
  ) {
    var seen: Set<[JSONValue?]> = []
    for (index, element) in elements.enumerated() {
      switch kind {
      case .atomic: return
      case .set:
        if !seen.insert([element]).inserted { errors.append(.duplicate(path.appending(index: index), element)) }
      case .map(let keys, _, _):
        if !seen.insert(keys.map { element[$0] }).inserted {
          let found = JSONObject(
            uniqueKeysWithValues: keys.compactMap { key in element[key].map { (key, $0) } })
          errors.append(.duplicate(path.appending(index: index), keys.count == 1 ? element[keys[0]] ?? .null : .object(found)))
        }
      }
    }
  }
}
