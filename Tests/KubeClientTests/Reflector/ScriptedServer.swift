// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

@testable import KubeClient

/// An API server whose every answer the test gives.
final class ScriptedServer: APITransport {
  typealias Body = AsyncThrowingStream<ByteBuffer, any Error>

  /// A request that waits for its answer.
  struct Call: Sendable {
    let request: APIRequest
    fileprivate let answer: CheckedContinuation<Result<APIResponse, APITransportError>, Never>

    /// The value of a parameter of the query.
    subscript(_ name: String) -> String? { request.query.first { $0.name == name }?.value }

    func reply(
      _ text: String, status: Int = 200, retryAfter: Duration? = nil, type: String = "application/json"
    ) {
      let stream = open(status: status, retryAfter: retryAfter, type: type)
      stream.send(text)
      stream.end()
    }

    /// Begins an answer whose body is told bit by bit.
    func open(status: Int = 200, retryAfter: Duration? = nil, type: String = "application/json") -> Stream {
      let (body, continuation) = Body.makeStream()
      answer.resume(
        returning: .success(APIResponse(status: status, contentType: type, retryAfter: retryAfter, body: body)))
      return Stream(continuation: continuation)
    }

    func fail() { answer.resume(returning: .failure(APITransportError("cannot connect", cause: "refused"))) }
  }

  struct Stream: Sendable {
    fileprivate let continuation: Body.Continuation

    func send(_ text: String) { continuation.yield(ByteBuffer(string: text)) }
    func send(_ octets: [UInt8]) { continuation.yield(ByteBuffer(bytes: octets)) }
    func end() { continuation.finish() }
    func cut() { continuation.finish(throwing: APITransportError("the connection ended", cause: "cut")) }
  }

  private let calls: AsyncStream<Call>
  private let queue: AsyncStream<Call>.Continuation

  init() { (calls, queue) = AsyncStream.makeStream() }

  func get(_ request: APIRequest) async throws(APITransportError) -> APIResponse {
    try await withCheckedContinuation { answer in
      queue.yield(Call(request: request, answer: answer))
    }.get()
  }

  /// The next request. Each has to be answered.
  func call() async throws -> Call {
    var iterator = calls.makeAsyncIterator()
    guard let call = await iterator.next() else { throw CancellationError() }
    return call
  }
}

/// What an API server sends, as text.
enum Script {
  static func service(_ name: String, _ address: String, version: Int = 1, namespace: String = "default") -> String {
    #"{"metadata":{"name":"\#(name)","namespace":"\#(namespace)","resourceVersion":"\#(version)"},"#
      + #""spec":{"type":"ClusterIP","clusterIP":"\#(address)","clusterIPs":["\#(address)"]}}"#
  }

  static func list(_ items: [String], version: Int, token: String = "") -> String {
    #"{"metadata":{"resourceVersion":"\#(version)","continue":"\#(token)"},"items":[\#(items.joined(separator: ","))]}"#
  }

  static func event(_ type: String, _ object: String) -> String { #"{"type":"\#(type)","object":\#(object)}"# + "\n" }

  static func bookmark(_ version: Int, endsInitial: Bool = false) -> String {
    let annotations = endsInitial ? #","annotations":{"k8s.io/initial-events-end":"true"}"# : ""
    return event("BOOKMARK", #"{"metadata":{"resourceVersion":"\#(version)"\#(annotations)}}"#)
  }

  static func status(_ code: Int) -> String { #"{"kind":"Status","code":\#(code),"message":"no"}"# }
}
