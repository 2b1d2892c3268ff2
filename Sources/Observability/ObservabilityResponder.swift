// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Answers `/metrics`, `/health` and `/ready`.
struct ObservabilityResponder: Sendable {
  let metrics: MetricsRegistry
  let readiness: Readiness

  /// - Parameter endpoints: those of the place that the request came to.
  func respond(_ method: HTTPRequest.Method, path: String, among endpoints: Set<ObservabilitySettings.Endpoint>)
    -> Response
  {
    guard let endpoint = endpoints.first(where: { $0.path == path }) else { return .plain("not found\n", .notFound) }
    guard method == .get || method == .head else {
      var response = Response.plain("only GET and HEAD\n", .methodNotAllowed)
      response.headers[.allow] = "GET, HEAD"
      return response
    }
    switch endpoint {
    case .metrics:
      return .plain(metrics.text, type: MetricsText.contentType)
    case .health:
      return .plain("OK")
    case .ready:
      let problems = readiness.problems
      return problems.isEmpty
        ? .plain("OK") : .plain(problems.joined(separator: "\n") + "\n", .serviceUnavailable)
    }
  }
}

extension Response {
  static func plain(
    _ text: String, _ status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
