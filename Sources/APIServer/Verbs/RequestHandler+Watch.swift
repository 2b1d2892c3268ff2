// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore

extension RequestHandler {
  /// Streams changes until the client leaves, the time is up or the server ends.
  func watch(_ path: ObjectPath, _ request: ObjectRequest) throws(StatusError) -> Response {
    let wanted = try WatchRequest(path, request.query)
    let encoder = WatchEncoder(wanted, try encoder(path.resource, request))
    var initial: [KubeObject] = []
    let version: UInt64
    switch wanted.start {
    case .version(let from):
      // A version from the future belongs to another database: the client has to list again.
      guard from <= store.version else { throw .tooLarge(from, current: store.version) }
      version = from
    case .now: version = store.version
    case .objects(let oldest):
      let list = store.list(path.resource, namespace: path.namespace)
      guard oldest <= list.version else { throw .tooLarge(oldest, current: list.version) }
      initial = list.objects
      version = list.version
    }
    let stream = WatchStream(
      watch: try store.watch(path.resource, namespace: path.namespace, from: version), initial: initial,
      version: version, encoder: encoder, limits: limits, clock: clock)
    let body = request.http.body
    return Response(
      status: .ok,
      headers: [.contentType: encoder.encoder.form.encoding.streamType, .cacheControl: "no-cache, private"],
      body: ResponseBody { writer in
        // A watch has no body to wait for; what can come from the client is the end of the connection.
        try await body.consumeWithCancellationOnInboundClose { _ in try await stream.run(&writer) }
      })
  }
}
