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

  /// A body that is no served kind, such as `DeleteOptions`, in JSON or protobuf; an empty one is an empty object.
  func value(of request: ObjectRequest) async throws(StatusError) -> JSONValue {
    let bytes = try await body(of: request.http)
    if bytes.isEmpty { return [:] }
    switch request.http.headers[.contentType].flatMap({ MediaType($0)?.name }) ?? "application/json" {
    case "application/json":
      do throws(JSONParseError) {
        return try JSONParser.parse(bytes)
      } catch {
        throw StatusError(.badRequest, "the body is \(error)")
      }
    case ProtobufDecoder.mediaType: return try BodyReader.protobuf(bytes)
    default: throw BodyReader.unknownFormat
    }
  }

  private var tooLarge: StatusError {
    StatusError(.requestEntityTooLarge, "Request entity too large: limit is \(limits.body)")
  }
}
