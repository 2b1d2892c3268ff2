// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Answers `/metrics`, with further pages beside it, `/health` and `/ready`.
struct ObservabilityResponder: Sendable {
  let metrics: MetricsRegistry
  let readiness: Readiness
  var pages: [ObservabilityPage] = []

  /// - Parameters:
  ///   - endpoints: those of the place that the request came to.
  ///   - parameter: the value of one of the request's parameters.
  func respond(
    _ method: HTTPRequest.Method, path: String, among endpoints: Set<ObservabilitySettings.Endpoint>,
    parameter: (String) -> String? = { _ in nil }
  ) async -> Response {
    let endpoint = endpoints.first { $0.path == path }
    let page = endpoints.contains(.metrics) ? pages.first { $0.path == path } : nil
    guard endpoint != nil || page != nil else { return .plain("not found\n", .notFound) }
    guard method == .get || method == .head else {
      var response = Response.plain("only GET and HEAD\n", .methodNotAllowed)
      response.headers[.allow] = "GET, HEAD"
      return response
    }
    if let page {
      let answer = await page.answer(parameter)
      return .plain(answer.text, .init(code: answer.status), type: answer.contentType)
    }
    switch endpoint {
    case nil:
      return .plain("not found\n", .notFound)
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
