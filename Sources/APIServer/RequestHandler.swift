// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
package import KubeModel
import KubeStore
import Logging
import NIOCore

/// Says why a name answers as it does; given the parameters of the request by their names.
package typealias ExplainAnswer = @Sendable (_ parameter: (String) -> String?) throws(StatusError) -> JSONValue

/// Answers requests: who asks, what for, in which form.
struct RequestHandler: Sendable {
  let store: ObjectStore
  let token: BearerToken
  let readiness: [ReadinessCheck]
  let explain: ExplainAnswer?
  let limits: APIServerLimits
  let clock: any Clock<Duration>
  let now: @Sendable () -> Timestamp
  let logger: Logger

  /// Answers one request; a refusal becomes a `v1 Status`.
  func respond(to request: Request, isTrusted: Bool) async -> Response {
    do throws(StatusError) {
      return try await answer(request, isTrusted: isTrusted)
    } catch {
      if error.reason == .internalError {
        logger.error("request failed", metadata: ["path": "\(request.uri)", "error": "\(error)"])
      }
      let form = try? ResponseForm(accept: request.headers[.accept])
      return .status(error, form?.encoding ?? .json)
    }
  }

  private func answer(_ request: Request, isTrusted: Bool) async throws(StatusError) -> Response {
    guard let path = RequestPath(request.uri.path) else {
      // An unknown path tells nothing to strangers either.
      try authenticate(request, isTrusted)
      throw .noSuchPath
    }
    let query = Query(request.uri.query ?? "")
    switch path {
    case .version:
      try requireGet(request)
      return .json(ServerVersion.document.encoded())
    case .health(let endpoint, let check):
      try requireGet(request)
      return await health(endpoint, check: check, query)
    default: try authenticate(request, isTrusted)
    }
    switch path {
    case .version, .health: throw .noSuchPath  // answered above
    case .coreVersions, .groups, .group, .resources, .openAPI:
      try requireGet(request)
      return try discovery(path, accept: request.headers[.accept])
    case .review(let kind):
      guard request.method == .post else { throw .methodNotAllowed }
      return try await review(kind, request)
    case .explain:
      try requireGet(request)
      guard let explain else { throw .noSuchPath }
      return .json(try explain { query[$0] }.encoded())
    case .objects(let path): return try await objects(path, ObjectRequest(request, query))
    }
  }

  private func authenticate(_ request: Request, _ isTrusted: Bool) throws(StatusError) {
    guard isTrusted || token.isIn(authorization: request.headers[.authorization]) else {
      throw StatusError(.unauthorized, "Unauthorized")
    }
  }

  private func requireGet(_ request: Request) throws(StatusError) {
    guard request.method == .get else { throw .methodNotAllowed }
  }
}

/// A request for objects: the HTTP request with its query read.
struct ObjectRequest: Sendable {
  let http: Request
  let query: Query

  init(_ http: Request, _ query: Query) {
    self.http = http
    self.query = query
  }

  func form() throws(StatusError) -> ResponseForm { try ResponseForm(accept: http.headers[.accept]) }
}

extension StatusError {
  /// The words by which kubectl knows that a path does not exist, rather than an object.
  static let noSuchPath = StatusError(.notFound, "the server could not find the requested resource")

  static let methodNotAllowed = StatusError(
    .methodNotAllowed, "the server does not allow this method on the requested resource")
}
