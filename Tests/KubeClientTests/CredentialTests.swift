// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import KubeClient

@Suite("Credentials", .timeLimit(.minutes(1))) struct CredentialTests {
  @Test("Inside a cluster: address, authority, namespace, and a token that is read again each minute") func inCluster()
    async throws
  {
    try await TestFolder.with { folder in
      try folder.write("first\n", to: "token")
      try folder.write("CA", to: "ca.crt")
      try folder.write("shop\n", to: "namespace")
      let clock = HandClock()
      let variables = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"]
      let configuration = try ClientConfiguration.inCluster(folder: folder.path, clock: clock) { variables[$0] }
      #expect(configuration.server.description == "https://[fd00::1]:6443")
      #expect(configuration.trust == .file("\(folder.path)/ca.crt"))
      #expect(configuration.namespace == "shop")
      #expect(try await configuration.credentials.credentials() == Credentials(token: "first"))
      try folder.write("second", to: "token")
      clock.advance(by: .seconds(59))
      #expect(try await configuration.credentials.credentials() == Credentials(token: "first"))
      clock.advance(by: .seconds(1))
      #expect(try await configuration.credentials.credentials() == Credentials(token: "second"))
      // While the kubelet replaces it.
      try Files.remove("\(folder.path)/token")
      clock.advance(by: .seconds(60))
      #expect(try await configuration.credentials.credentials() == Credentials(token: "second"))
    }
  }

  @Test("Outside of a cluster") func notInCluster() throws {
    #expect(!ClientConfiguration.isInCluster { _ in nil })
    let error = #expect(throws: ClientConfigurationError.self) { try ClientConfiguration.inCluster { _ in nil } }
    #expect(error?.message.hasPrefix("this process runs in no pod of a cluster") == true)
    let host = ["KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"]
    #expect(ClientConfiguration.isInCluster { host[$0] })
    let unmounted = #expect(throws: ClientConfigurationError.self) {
      try ClientConfiguration.inCluster(folder: "/nowhere") { host[$0] }
    }
    #expect(unmounted?.description.hasPrefix("/nowhere/token: no such file: the pod has no service account") == true)
    let bad = ["KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "https"]
    #expect(throws: ClientConfigurationError.self) { try ClientConfiguration.inCluster { bad[$0] } }
  }

  @Test("A token that is refused is read again at once, and the request sent once more") func refused() async throws {
    try await TestFolder.with { folder in
      let file = try folder.write("old", to: "token")
      let stored = StoredCredentials(token: .file(file, fallback: nil), place: file)
      let seen = Mutex<[String]>([])
      try await withPeer { request in
        let authorization = request.head.headers.first(name: "Authorization") ?? ""
        seen.withLock { $0.append(authorization) }
        request.answer(authorization == "Bearer new" ? 200 : 401)
      } _: { peer in
        try await TestTransport(peer.url, credentials: CredentialReader(stored, clock: HandClock())).run { transport in
          #expect(try await transport.get(APIRequest(path: "/")).status == 401, "no other token is there")
          try folder.write("newer", to: "token")
          #expect(try await transport.get(APIRequest(path: "/")).status == 401, "one retry and no more")
          try Files.remove(file)
          #expect(try await transport.get(APIRequest(path: "/")).status == 401, "the refusal is what is told")
          try folder.write("new", to: "token")
          #expect(try await transport.get(APIRequest(path: "/")).status == 200)
          #expect(try await transport.get(APIRequest(path: "/")).status == 200)
        }
      }
      let expected = ["old", "old", "newer", "newer", "newer", "new", "new"].map { "Bearer \($0)" }
      #expect(seen.withLock(\.self) == expected)
    }
  }

  @Test("A token that cannot stand in a request is refused here", arguments: ["", " \n", "a b", "a\nb", "é"])
  func badToken(text: String) {
    #expect(throws: CredentialError.self) { try StoredCredentials.bearer(text, from: "x") }
  }

  @Test("A renewed client certificate is shown on a new connection") func renewedCertificate() async throws {
    try await TestFolder.with { folder in
      let authority = try TestAuthority()
      let pair = try authority.issue("api", addresses: [[127, 0, 0, 1]])
      let (first, second) = (try authority.issue("first"), try authority.issue("second"))
      let certificate = try folder.write(first.certificate, to: "crt")
      let key = try folder.write(first.key, to: "key")
      let stored = StoredCredentials(
        certificate: .init(certificates: .file(certificate), key: .file(key)), place: folder.path)
      let clock = HandClock()
      try await withPeer(tls: TestAuthority.serverTLS(pair, clients: authority), answer: { $0.answer() }) { peer in
        let transport = try TestTransport(
          peer.url, trust: authority.trust, credentials: CredentialReader(stored, clock: clock))
        try await transport.run { transport in
          for _ in 0..<2 { #expect(try await transport.get(APIRequest(path: "/")).status == 200) }
          try folder.write(second.certificate, to: "crt")
          try folder.write(second.key, to: "key")
          clock.advance(by: .seconds(60))
          for _ in 0..<2 { #expect(try await transport.get(APIRequest(path: "/")).status == 200) }
          #expect(peer.connectionCount == 2)
          // Nothing is under way on the first one.
          try await peer.connection(0).closeFuture.get()
        }
      }
    }
  }
}
