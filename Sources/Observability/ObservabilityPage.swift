// SPDX-License-Identifier: Apache-2.0

/// A page beside the metrics, made from a request's parameters.
package struct ObservabilityPage: Sendable {
  package struct Answer: Sendable {
    /// Of HTTP: 200, 400, 404, 503.
    package var status: Int
    package var contentType: String
    package var text: String

    package init(status: Int = 200, contentType: String = "text/plain; charset=utf-8", text: String) {
      self.status = status
      self.contentType = contentType
      self.text = text
    }
  }

  /// `/explain`
  package let path: String
  /// - Parameter parameter: the value of one, decoded; nil where it is absent.
  package let answer: @Sendable (_ parameter: (String) -> String?) async -> Answer

  package init(_ path: String, answer: @escaping @Sendable (_ parameter: (String) -> String?) async -> Answer) {
    self.path = path
    self.answer = answer
  }
}
