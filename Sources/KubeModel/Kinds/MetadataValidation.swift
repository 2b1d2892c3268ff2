// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension APIResource {
  /// The most octets that keys and values of an object's annotations may have together.
  private static let maximumAnnotationsSize = 256 << 10

  /// All that is wrong with an object of this kind, `metadata` first. Defaults must have been applied.
  package func validate(_ root: JSONObject) -> [FieldError] {
    var errors: [FieldError] = []
    validateMetadata(root["metadata"]?.object ?? [:], into: &errors)
    errors += type.validate(root)
    return errors
  }

  private func validateMetadata(_ metadata: JSONObject, into errors: inout [FieldError]) {
    let path = FieldPath("metadata")
    let name = metadata["name"]?.string ?? ""
    let prefix = metadata["generateName"]?.string ?? ""
    if name.isEmpty, prefix.isEmpty {
      errors.append(.required(path.appending("name"), "name or generateName is required"))
    }
    if !name.isEmpty, let problem = nameFormat.problem(of: name) {
      errors.append(.invalid(path.appending("name"), .string(name), problem))
    }
    // What is generated goes on behind the prefix, so it may end in what a name may not end in.
    if !prefix.isEmpty, let problem = nameFormat.problem(of: prefix + "a") {
      errors.append(.invalid(path.appending("generateName"), .string(prefix), problem))
    }
    let namespace = metadata["namespace"]?.string ?? ""
    if !isNamespaced {
      if !namespace.isEmpty { errors.append(.forbidden(path.appending("namespace"), "not allowed on this type")) }
    } else if !namespace.isEmpty, let problem = ValueFormat.dnsLabel.problem(of: namespace) {
      errors.append(.invalid(path.appending("namespace"), .string(namespace), problem))
    }
    let annotations = metadata["annotations"]?.object ?? [:]
    let size = annotations.reduce(0) { $0 + $1.key.utf8.count + ($1.value.string?.utf8.count ?? 0) }
    if size > Self.maximumAnnotationsSize {
      errors.append(.tooLong(path.appending("annotations"), Self.maximumAnnotationsSize))
    }
  }
}
