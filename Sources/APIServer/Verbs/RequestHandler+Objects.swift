// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel

extension RequestHandler {
  /// Carries out a request for objects: the verb is the method, and what it is applied to the path.
  func objects(_ path: ObjectPath, _ request: ObjectRequest) async throws(StatusError) -> Response {
    switch (path.name, path.subresource) {
    case (nil, _): return try await collection(path, request)
    case (let name?, nil): return try await object(path, name, request)
    case (let name?, "status"?) where path.resource.hasStatus: return try await status(path, name, request)
    case (let name?, "scale"?) where path.resource.hasScale: return try await scale(path, name, request)
    case (let name?, let part?) where path.resource == .pods: return try await podPart(part, path, name, request)
    default: throw .noSuchPath
    }
  }

  private func collection(_ path: ObjectPath, _ request: ObjectRequest) async throws(StatusError) -> Response {
    switch request.http.method {
    case .get where request.query.flag("watch"): return try watch(path, request)
    case .get: return try list(path, request)
    case .post:
      guard path.resource.isNamespaced == (path.namespace != nil) else { throw .methodNotAllowed }
      return try await create(path, request)
    case .delete: return try await deleteCollection(path, request)
    default: throw .methodNotAllowed
    }
  }

  private func object(
    _ path: ObjectPath, _ name: String, _ request: ObjectRequest
  ) async throws(StatusError) -> Response {
    switch request.http.method {
    case .get where request.query.flag("watch"): return try watch(path, request)
    case .get: return try get(path, name, request)
    case .put: return try await update(path, name, status: false, request)
    case .patch: return try await patch(path, name, status: false, request)
    case .delete: return try await delete(path, name, request)
    default: throw .methodNotAllowed
    }
  }

  private func status(
    _ path: ObjectPath, _ name: String, _ request: ObjectRequest
  ) async throws(StatusError) -> Response {
    switch request.http.method {
    case .get: return try get(path, name, request)
    case .put: return try await update(path, name, status: true, request)
    case .patch: return try await patch(path, name, status: true, request)
    default: throw .methodNotAllowed
    }
  }

  /// What a pod has beside its status. What is not there is named, rather than unknown.
  private func podPart(
    _ part: String, _ path: ObjectPath, _ name: String, _ request: ObjectRequest
  ) async throws(StatusError) -> Response {
    switch part {
    case "eviction" where request.http.method == .post: return try await evict(path, name, request)
    case "exec", "attach":
      throw StatusError(
        .methodNotAllowed, "\(part) is not served by the API of this version; use `callsign exec` on this machine")
    case "log":
      throw StatusError(
        .methodNotAllowed, "\(part) is not served by the API of this version; use `callsign logs` on this machine")
    case "portforward":
      throw StatusError(.methodNotAllowed, "\(part) is not served by the API of this version")
    default: throw .noSuchPath
    }
  }
}
