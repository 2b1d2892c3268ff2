// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import NIOCore

extension RequestHandler {
  /// The octets of a request's body.
  /// - Throws: `RequestEntityTooLarge` over ``APIServerLimits/body``.
  func body(of request: Request) async throws(StatusError) -> [UInt8] {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.body {
      throw tooLarge
    }
    do {
      let buffer = try await request.body.collect(upTo: limits.body)
      return Array(buffer.readableBytesView)
    } catch is NIOTooManyBytesError {
      throw tooLarge
    } catch {
      throw StatusError(.badRequest, "the request's body could not be read: \(error)")
    }
  }

  private var tooLarge: StatusError {
    StatusError(.requestEntityTooLarge, "Request entity too large: limit is \(limits.body)")
  }
}
