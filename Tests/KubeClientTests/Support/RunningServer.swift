// SPDX-License-Identifier: Apache-2.0
import APIServer
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import NIOPosix
import OrderedCollections
import ServiceLifecycle

@testable import KubeClient

/// Callsign's own API server on 127.0.0.1, over a store in memory: what the client speaks with in tests.
struct RunningServer: Sendable {
  let store: ObjectStore
  let port: Int
  /// A kubeconfig file for it.
  let kubeconfig: String

  var url: String { "https://127.0.0.1:\(port)" }

  /// The way to it.
  var configuration: ClientConfiguration { get throws { try KubeconfigSet(path: kubeconfig).configuration() } }

  /// Runs `body` with a server, then ends it.
  static func run<Value: Sendable>(
    configuration: StoreConfiguration = StoreConfiguration(), _ body: @Sendable (RunningServer) async throws -> Value
  ) async throws -> Value {
    try await TestFolder.with { folder in
      let store = try ObjectStore(configuration: configuration)
      for name in ["default", "kube-system"] {
        _ = try await store.create(["metadata": ["name": .string(name)]], in: .namespaces)
      }
      let (descriptor, port) = try listen()
      let authority = try CertificateAuthority(folder: "\(folder.path)/pki")
      let token = try BearerToken(folder: "\(folder.path)/pki")
      var logger = Logger(label: "test")
      logger.logLevel = .critical
      let (listening, started) = AsyncStream<Void>.makeStream()
      let service = APIServer(
        store: store, sockets: [.tls(descriptor: descriptor)], authority: authority, token: token,
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger, onListening: { started.finish() })
      let kubeconfig = "\(folder.path)/kubeconfig"
      try Kubeconfig(
        server: "https://127.0.0.1:\(port)", authorityCertificate: authority.authorityCertificate, token: token
      ).write(to: kubeconfig)
      let server = RunningServer(store: store, port: port, kubeconfig: kubeconfig)
      let group = ServiceGroup(services: [service], logger: logger)
      let value = try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          defer { started.finish() }
          try await group.run()
        }
        for await _ in listening { break }
        let value = try await body(server)
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        return value
      }
      await store.close()
      return value
    }
  }

  private static func listen() throws -> (CInt, Int) {
    for _ in 0..<20 {
      let port = UInt16.random(in: 20_000...32_000)
      let socket = try InternetSocket.make(isStream: true)
      if (try? InternetSocket.bind(socket, octets: [127, 0, 0, 1], port: port)) == nil { continue }
      return (try socket.duplicated(), Int(port))
    }
    throw SystemError("find a free port", code: 98)
  }
}
