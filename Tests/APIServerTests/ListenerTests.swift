// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import NIOCore
import NIOPosix
import Testing

@testable import APIServer

@Suite struct ListenerTests {
  private static func connect(_ server: TestServer) async throws -> any Channel {
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(unixDomainSocketPath: server.socket).get()
  }

  private static func connect(_ server: TestServer, times: Int) async throws -> [any Channel] {
    try await withThrowingTaskGroup(of: (any Channel).self) { tasks in
      for _ in 0..<times { tasks.addTask { try await connect(server) } }
      return try await tasks.reduce(into: []) { $0.append($1) }
    }
  }

  /// Connections that come all at once are all served.
  @Test func manyAtOnce() async throws {
    try await TestServer.run { server in
      let idle = try await Self.connect(server, times: 100)
      #expect(try await server.client.get("/livez").text == "ok")
      for channel in idle { try await channel.close() }
    }
  }

  /// At the limit a connection waits for another to end, and is served then.
  @Test func theLimitMakesWait() async throws {
    var limits = APIServerLimits()
    limits.connections = 3
    try await TestServer.run(limits: limits) { server in
      let watch = "/api/v1/pods?watch=1"
      let events = try await server.client.watch(watch) { _ in
        let idle = try await Self.connect(server, times: 4)
        async let answer = server.client.get("/livez")
        for channel in idle { try await channel.close() }
        #expect(try await answer.text == "ok")
        return true
      }
      #expect(events.isEmpty)
    }
  }

  @Test func idleConnectionsAreClosed() async throws {
    var limits = APIServerLimits()
    limits.idleTimeout = .milliseconds(300)
    try await TestServer.run(limits: limits) { server in
      let channel = try await Self.connect(server)
      try await channel.closeFuture.get()
      let watched = try await server.client.watch("/api/v1/pods?watch=1&timeoutSeconds=1") { _ in false }
      #expect(watched.isEmpty, "a watch is not idle, and ends by its own time")
    }
  }

  @Test func theUnixSocketIsTheOwnersAlone() async throws {
    try await TestServer.run { server in
      let mode = try FileManager.default.attributesOfItem(atPath: server.socket)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let folder = try FileManager.default.attributesOfItem(atPath: server.folder + "/run")[.posixPermissions] as? Int
      #expect(folder == 0o700)
    }
  }
}
