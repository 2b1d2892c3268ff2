// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import NIOCore
import NIOPosix
import OrderedCollections
import ServiceLifecycle
import Testing

@testable import APIServer

/// A server over a store in memory, on sockets of 127.0.0.1 with TLS and without, and a Unix socket.
struct TestServer: Sendable {
  let store: ObjectStore
  let folder: String
  /// The port with TLS, on 127.0.0.1.
  let port: Int
  /// The port without.
  let plainPort: Int
  /// The certificate that the server's own is signed with, PEM.
  let authorityCertificate: String
  let token: BearerToken
  let shutdown: GracefulShutdown

  var kubeconfig: String { "\(folder)/kubeconfig" }
  var socket: String { "\(folder)/run/api.sock" }

  /// Tells a server to end in an orderly way, as a signal does.
  struct GracefulShutdown: Sendable {
    let group: ServiceGroup
    func callAsFunction() async { await group.triggerGracefulShutdown() }
  }

  /// Runs `body` with a server, then ends it.
  static func run(
    readiness: [ReadinessCheck] = [], explain: ExplainAnswer? = nil, limits: APIServerLimits = APIServerLimits(),
    configuration: StoreConfiguration = StoreConfiguration(),
    _ body: @Sendable (TestServer) async throws -> Void
  ) async throws {
    // Short, because the path of a Unix socket has at most 107 octets.
    let folder = "/tmp/callsign-api-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }

    let store = try ObjectStore(configuration: configuration)
    for name in ["default", "kube-system"] {
      _ = try await store.create(["metadata": ["name": .string(name)]], in: .namespaces)
    }
    let (descriptor, port) = try listen()
    let (plainDescriptor, plainPort) = try listen()
    let authority = try CertificateAuthority(folder: "\(folder)/pki")
    let token = try BearerToken(folder: "\(folder)/pki")
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let (listening, started) = AsyncStream<Void>.makeStream()
    let server = APIServer(
      store: store,
      sockets: [
        .tls(descriptor: descriptor), .plain(descriptor: plainDescriptor), .trusted(path: "\(folder)/run/api.sock"),
      ],
      authority: authority, token: token, readiness: readiness, explain: explain, limits: limits,
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger, onListening: { started.finish() })
    let group = ServiceGroup(services: [server], logger: logger)
    let test = TestServer(
      store: store, folder: folder, port: port, plainPort: plainPort,
      authorityCertificate: authority.authorityCertificate, token: token, shutdown: GracefulShutdown(group: group))
    try Kubeconfig(
      server: "https://127.0.0.1:\(port)", authorityCertificate: authority.authorityCertificate, token: token
    ).write(to: test.kubeconfig)

    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        defer { started.finish() }
        try await group.run()
      }
      for await _ in listening { break }
      try await body(test)
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
    await store.close()
  }

  /// A TCP socket that listens on a free port, as `callsign up` opens it before it enters its network namespace.
  private static func listen() throws -> (CInt, Int) {
    for _ in 0..<20 {
      let port = UInt16.random(in: 20_000...32_000)
      let socket = try InternetSocket.make(isStream: true)
      if (try? InternetSocket.bind(socket, octets: [127, 0, 0, 1], port: port)) == nil { continue }
      return (try socket.duplicated(), Int(port))
    }
    throw SystemError("find a free port", code: EADDRINUSE)
  }
}
