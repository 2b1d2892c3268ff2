// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import NIOCore
import OrderedCollections
import Testing

@testable import KubeClient

@Suite("With Callsign's own API server", .timeLimit(.minutes(1))) struct OwnServerTests {
  @Test("Its kubeconfig leads to it, and a list comes back") func list() async throws {
    try await RunningServer.run { server in
      try await TestTransport(server).run { transport in
        let response = try await transport.get(APIRequest(path: "/api/v1/namespaces", query: [.init("limit", "1")]))
        #expect(response.status == 200)
        #expect(response.contentType == "application/json")
        let text = try await response.text
        let list = try JSONParser.parse(Array(text.utf8))
        #expect(list["kind"] == "NamespaceList")
        #expect(list["items"]?.array?.count == 1)
        #expect(try await transport.get(APIRequest(path: "/api/v1/nothing")).status == 404)
      }
    }
  }

  @Test("A stranger's token is refused, and so is no token at all") func strangers() async throws {
    try await RunningServer.run { server in
      for credentials in [Credentials(token: "stranger"), Credentials()] {
        var transport = try TestTransport(server)
        transport.configuration.credentials = FixedCredentials(credentials)
        try await transport.run { transport in
          let status = try await transport.status("/api/v1/services")
          #expect(status == 401)
        }
      }
    }
  }

  @Test("Events of several watches come as they happen") func watches() async throws {
    try await RunningServer.run { server in
      try await TestTransport(server).run { transport in
        let names = ["a", "b", "c"]
        for name in names {
          _ = try await server.store.create(["metadata": ["name": .string(name)]], in: .namespaces)
        }
        try await withThrowingTaskGroup(of: [String].self) { group in
          for _ in 0..<4 {
            let response = try await transport.get(
              APIRequest(path: "/api/v1/namespaces", query: [.init("watch", "true"), .init("resourceVersion", "0")]))
            #expect(response.status == 200)
            group.addTask {
              var lines = 0
              var text = ""
              for try await piece in response.body {
                text += String(buffer: piece)
                lines = text.split(separator: "\n").count
                if lines >= 6 { break }
              }
              let events = try text.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8)) }
              return events.compactMap { $0["object"]?["metadata"]?["name"]?.string }
            }
          }
          _ = try await server.store.create(["metadata": ["name": "later"]], in: .namespaces)
          for try await seen in group { #expect(Set(seen) == Set(["default", "kube-system", "later"] + names)) }
        }
      }
    }
  }
}

extension TestTransport {
  init(_ server: RunningServer) throws {
    self.init(try server.configuration)
  }
}
