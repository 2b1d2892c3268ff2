// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel

/// A kind that is never stored: a client posts a question and gets it back with the answer.
struct Review: Sendable {
  let group: String
  let version: String
  let kind: String
  let plural: String

  static let served = [
    Review(
      group: "authorization.k8s.io", version: "v1", kind: "SelfSubjectAccessReview",
      plural: "selfsubjectaccessreviews"),
    Review(
      group: "authentication.k8s.io", version: "v1", kind: "SelfSubjectReview", plural: "selfsubjectreviews"),
  ]
}

extension RequestHandler {
  /// The server knows one user, who may do everything; so the answer does not depend on the question.
  func review(_ kind: String, _ request: Request) async throws(StatusError) -> Response {
    guard let review = Review.served.first(where: { $0.kind == kind }) else { throw .noSuchPath }
    _ = try await body(of: request)
    var answer: JSONValue = [
      "kind": .string(kind), "apiVersion": .string("\(review.group)/\(review.version)"), "metadata": [:],
    ]
    switch kind {
    case "SelfSubjectAccessReview":
      answer["spec"] = [:]
      answer["status"] = ["allowed": true, "reason": "the holder of the token may do everything"]
    default:
      answer["status"] = ["userInfo": ["username": "callsign-admin", "groups": ["system:masters"]]]
    }
    return .json(answer.encoded(), status: .created)
  }
}
