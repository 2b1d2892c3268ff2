// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import NIOCore
import OrderedCollections

extension Response {
  /// An answer whose octets are there.
  /// - Parameter warnings: sentences that kubectl prints (RFC 9111's `Warning` header with code 299).
  static func content(
    _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, warnings: [String] = []
  ) -> Response {
    var headers = HTTPFields()
    headers[.contentType] = type
    headers[.cacheControl] = "no-cache, private"
    for warning in warnings { headers.append(HTTPField(name: .warning, value: quoted(warning))) }
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  /// An answer in JSON.
  static func json(
    _ bytes: [UInt8], status: HTTPResponse.Status = .ok, type: String = "application/json"
  ) -> Response {
    content(bytes, type: type, status: status)
  }

  /// A document that is no stored object, such as a `Status`, in the encoding that is wanted.
  /// - Parameter document: with `apiVersion` and `kind`.
  static func document(
    _ document: JSONValue, of type: ObjectType, _ encoding: ResponseForm.Encoding, status: HTTPResponse.Status = .ok
  ) -> Response {
    switch encoding {
    case .json: return json(document.encoded(), status: status)
    case .protobuf:
      var bytes: [UInt8] = []
      ProtobufEnvelope(apiVersion: document["apiVersion"]?.string ?? "", kind: document["kind"]?.string ?? "")
        .write(ProtobufEncoder.encode(document.object ?? [:], as: type), to: &bytes)
      return content(bytes, type: encoding.mediaType, status: status)
    }
  }

  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .xContentTypeOptions: "nosniff"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// A refusal as `v1 Status`.
  static func status(_ error: StatusError, _ encoding: ResponseForm.Encoding = .json) -> Response {
    var response = document(error.json, of: .status, encoding, status: HTTPResponse.Status(code: error.code))
    if error.reason == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
    return response
  }

  /// `299 - "…"`, without the characters that a header cannot carry.
  private static func quoted(_ text: String) -> String {
    var result = "299 - \""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\u{20}"..."\u{7E}": result.unicodeScalars.append(scalar)
      default: result += "?"
      }
    }
    return result + "\""
  }
}

extension HTTPField.Name {
  static let warning = HTTPField.Name("Warning")!
}
