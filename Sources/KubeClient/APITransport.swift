// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// Carries requests to one API server, and its answers back. All that reads lists and watches goes through it.
package protocol APITransport: Sendable {
  /// Sends a GET, and returns when the head of the answer is there. Answers of every status are returned.
  ///
  /// The body comes as it is read, so a reader that is slow slows the server. Cancelling the task that reads it, or
  /// letting go of it, ends the request.
  /// - Throws: where there is no answer: no connection, no credentials, a certificate that is not trusted.
  func get(_ request: APIRequest) async throws(APITransportError) -> APIResponse
}

/// A GET of the Kubernetes API.
package struct APIRequest: Hashable, Sendable {
  /// Such as `/api/v1/services`; without a query.
  package var path: String
  /// Names and values, not yet percent-encoded, in order.
  package var query: [Parameter]
  /// Media types, the most wanted first.
  package var accept: [String]

  package struct Parameter: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(path: String, query: [Parameter] = [], accept: [String] = ["application/json"]) {
    self.path = path
    self.query = query
    self.accept = accept
  }
}

/// The answer to a request: its head, and its body while it comes.
package struct APIResponse: Sendable {
  package var status: Int
  /// With its parameters, such as `application/vnd.kubernetes.protobuf;stream=watch`; empty where there is none.
  package var contentType: String
  /// `Retry-After`: how long the server wants to be left alone.
  package var retryAfter: Duration?
  package var body: Body

  /// The octets of a body in pieces, as the network gives them. It is read once.
  package typealias Body = any AsyncSequence<ByteBuffer, any Error> & Sendable

  package init(status: Int, contentType: String, retryAfter: Duration? = nil, body: Body) {
    self.status = status
    self.contentType = contentType
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// Why there is no answer, in words for the operator.
package struct APITransportError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, and with which server: `cannot connect to https://10.96.0.1:443`.
  package var what: String
  /// The reason, and what to do.
  package var cause: String

  package init(_ what: String, cause: String) {
    self.what = what
    self.cause = cause
  }

  package var description: String { "\(what): \(cause)" }
}
