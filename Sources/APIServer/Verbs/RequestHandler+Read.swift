// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore

extension RequestHandler {
  func encoder(_ resource: APIResource, _ request: ObjectRequest) throws(StatusError) -> ObjectEncoder {
    try ObjectEncoder(resource, request, now: now())
  }

  /// One object as an answer.
  func answer(
    _ object: KubeObject, _ request: ObjectRequest, status: HTTPResponse.Status = .ok, warnings: [String] = []
  ) throws(StatusError) -> Response {
    let encoder = try encoder(object.resource, request)
    var bytes: [UInt8] = []
    encoder.write(object, to: &bytes)
    return .content(bytes, type: encoder.form.encoding.mediaType, status: status, warnings: warnings)
  }

  func get(_ path: ObjectPath, _ name: String, _ request: ObjectRequest) throws(StatusError) -> Response {
    guard let object = store.object(path.resource, namespace: path.storeNamespace, name: name) else {
      throw .notFound(path.resource, name)
    }
    return try answer(object, request)
  }

  /// A list, or a page of one. See ``ListPage``.
  func list(_ path: ObjectPath, _ request: ObjectRequest) throws(StatusError) -> Response {
    let page = try ListPage(path, request.query)
    let labels = try request.query.labelSelector()
    let fields = try request.query.fieldSelector(for: path.resource)
    let encoder = try encoder(path.resource, request)
    let all = try page.read(path, from: store)
    let isSelective = !labels.isEmpty || !fields.requirements.isEmpty
    let found = isSelective
      ? all.objects.filter { labels.matches($0.metadata.labels) && fields.matches($0) } : all.objects
    let (objects, metadata) = page.cut(found, version: all.version, isSelective: isSelective)
    return ListAnswer(encoder: encoder, objects: objects, metadata: metadata, chunk: limits.chunk).response
  }
}
