// SPDX-License-Identifier: Apache-2.0
import KubeModel
import NIOCore
import NIOHTTP1
import NIOPosix
import OrderedCollections

/// Asks the API of the cluster that runs from a data folder, over its Unix socket.
struct LocalAPIClient: Sendable {
  /// Octets of an answer that are read.
  private static let maximumAnswer = 256 << 20
  /// How long one request may take, to the last octet of its answer. An API on this machine answers at once; past this
  /// it is taken to hang.
  private static let timeout = Duration.seconds(30)

  let socketPath: String

  /// The objects of a kind.
  /// - Parameter namespace: nil for all.
  func objects(_ resource: APIResource, namespace: String? = nil) async throws -> [KubeObject] {
    if let namespace, !Self.isPathSegment(namespace) {
      throw CommandError("\"\(namespace)\" is not a name that namespaces have; without one, all are meant")
    }
    let list = try await get(resource.path(namespace: namespace))
    return (list["items"]?.array ?? []).compactMap { $0.object.map { KubeObject($0, of: resource) } }
  }

  /// One object.
  /// - Throws: ``CommandError`` with the server's words where there is none.
  func object(_ resource: APIResource, namespace: String, name: String) async throws -> KubeObject {
    // Not names of any object, and in a path they would lead elsewhere.
    for text in [namespace, name] where !Self.isPathSegment(text) {
      throw CommandError("\"\(text)\" is not a name that \(resource.plural) or namespaces have")
    }
    let value = try await get("\(resource.path(namespace: namespace))/\(name)")
    return KubeObject(value.object ?? [:], of: resource)
  }

  /// Whether names of objects are like it, so that it stands in a path for itself.
  private static func isPathSegment(_ text: String) -> Bool {
    let isName = text.utf8.allSatisfy { octet in
      switch octet {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): true
      default: false
      }
    }
    return isName && !text.isEmpty && text != "." && text != ".."
  }

  /// The document at a path that is no object's.
  /// - Parameter parameters: the query, as it is meant; it is encoded here.
  func document(_ path: String, _ parameters: [(name: String, value: String)]) async throws -> JSONValue {
    try await get("\(path)?" + parameters.map { "\($0.name)=\(PercentText.query($0.value))" }.joined(separator: "&"))
  }

  private func get(_ path: String) async throws -> JSONValue {
    // The kernel takes connections to a Unix socket also for a process that is stopped, so all of it has a limit.
    let (status, body) = try await withThrowingTaskGroup(of: Answer.self) { group in
      group.addTask { try await exchange(path) }
      group.addTask {
        try await ContinuousClock().sleep(for: Self.timeout)
        throw CommandError(
          "the cluster's API has not answered within \(Self.timeout.components.seconds) s at \(socketPath): "
            + "`callsign up` is stopped, or hangs. Have it go on (fg, or kill -CONT), or end it with `callsign down`")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? (0, [])
    }
    let json = try JSONParser.parse(body)
    guard status == 200 else { throw CommandError(json["message"]?.string ?? "the API answered \(status)") }
    return json
  }

  private typealias Answer = (status: Int, body: [UInt8])

  private func exchange(_ path: String) async throws -> Answer {
    let channel = try await connect()
    return try await channel.executeThenClose { inbound, outbound in
      var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
      head.headers.add(name: "Host", value: "localhost")
      head.headers.add(name: "Accept", value: "application/json")
      head.headers.add(name: "Connection", value: "close")
      // At once: the server may answer, and close, as soon as it has seen the head.
      try await outbound.write(contentsOf: [.head(head), .end(nil)])
      var status = 0
      var body: [UInt8] = []
      reading: for try await part in inbound {
        switch part {
        case .head(let head): status = Int(head.status.code)
        case .body(let bytes):
          body += bytes.readableBytesView
          guard body.count <= Self.maximumAnswer else { throw CommandError("the API's answer is too long") }
        case .end: break reading
        }
      }
      return (status, body)
    }
  }

  private func connect() async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
    do {
      return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(unixDomainSocketPath: socketPath) { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHTTPClientHandlers()
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
          }
        }
    } catch {
      throw CommandError("the cluster's API does not answer at \(socketPath): \(error)")
    }
  }
}
