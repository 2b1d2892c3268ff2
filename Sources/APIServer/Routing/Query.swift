// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The parameters of a request, as Kubernetes clients send them.
struct Query: Sendable, Equatable {
  private var values: [String: String] = [:]

  /// - Parameter text: what follows `?`, percent-encoded. Of a parameter that occurs twice, the first counts.
  init(_ text: String) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decode(parts[0]),
        let value = parts.count == 2 ? Self.decode(parts[1]) : ""
      else { continue }
      if values[name] == nil { values[name] = value }
    }
  }

  private static func decode(_ text: Substring) -> String? {
    PercentText.decoded(text.replacing("+", with: " "))
  }

  /// The value; nil where the parameter is absent or empty.
  subscript(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  func has(_ name: String) -> Bool { values[name] != nil }

  /// `true` and `1`, or the bare name; everything else is false.
  func flag(_ name: String) -> Bool {
    guard let value = values[name] else { return false }
    return value.isEmpty || value == "1" || value.lowercased() == "true"
  }

  /// A whole number, zero or more.
  func number(_ name: String) throws(StatusError) -> Int64? {
    guard let text = self[name] else { return nil }
    guard let value = Int64(text), value >= 0 else {
      throw StatusError(.badRequest, "\(name) must be a whole number, found \"\(text)\"")
    }
    return value
  }

  /// Whether the request is to be carried out without keeping anything.
  func isDryRun() throws(StatusError) -> Bool {
    guard let text = self["dryRun"] else { return false }
    guard text == "All" else {
      throw StatusError(.badRequest, "dryRun: Unsupported value: \"\(text)\": supported values: \"All\"")
    }
    return true
  }

  func labelSelector() throws(StatusError) -> LabelSelector {
    do throws(SelectorSyntaxError) {
      return try LabelSelector(text: self["labelSelector"] ?? "")
    } catch {
      throw StatusError(.badRequest, error.description)
    }
  }

  func fieldSelector(for resource: APIResource) throws(StatusError) -> FieldSelector {
    do throws(SelectorSyntaxError) {
      return try FieldSelector(text: self["fieldSelector"] ?? "", for: resource)
    } catch {
      throw StatusError(.badRequest, error.description)
    }
  }

  /// A version of the store; nil where none is named. `0` stands for any.
  func resourceVersion() throws(StatusError) -> UInt64? {
    guard let text = self["resourceVersion"] else { return nil }
    guard let version = UInt64(text) else {
      throw StatusError(.badRequest, "resourceVersion must be a whole number, found \"\(text)\"")
    }
    return version
  }
}
