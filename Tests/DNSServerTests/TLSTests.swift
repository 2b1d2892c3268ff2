// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Testing

@testable import DNSServer

/// Runs a server with all its transports on 127.0.0.1 while `body` asks it.
func withSecureServer<Result: Sendable>(
  _ settings: DNSServerSettings = DNSServerSettings(),
  _ body: (SecureServer) async throws -> Result
) async throws -> Result {
  let certificate = try await TestCertificate()
  defer { certificate.remove() }
  let address = HostAddress("127.0.0.1")!
  var settings = settings
  settings.tls = certificate.files
  var sockets = try DNSSockets.open(address, port: 0)
  sockets.tls = [try DNSSockets.openStream(address, port: 0)]
  sockets.https = [try DNSSockets.openStream(address, port: 0)]
  sockets.http = [try DNSSockets.openStream(address, port: 0)]
  let server = DNSServer(
    index: TestObjects.index(), sockets: [sockets], settings: settings, logger: Logger(label: "test"))
  let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
  async let running: Void = lifecycle.run()
  // The listeners are up when the server answers over TCP for each.
  let place = SecureServer(
    server: server, settings: settings, certificate: certificate, tls: DNSSockets.port(of: sockets.tls[0])!,
    https: DNSSockets.port(of: sockets.https[0])!, http: DNSSockets.port(of: sockets.http[0])!)
  let result: Swift.Result<Result, any Error>
  do { result = .success(try await body(place)) } catch { result = .failure(error) }
  await lifecycle.triggerGracefulShutdown()
  try await running
  return try result.get()
}

struct SecureServer {
  let server: DNSServer
  let settings: DNSServerSettings
  let certificate: TestCertificate
  let tls: UInt16
  let https: UInt16
  let http: UInt16

  func kdig(_ words: [String]) async throws -> String {
    try await output(of: "kdig", ["@127.0.0.1", "+retry=0", "+timeout=5"] + words)
  }
}

@Suite("DNS over TLS (RFC 7858)", .timeLimit(.minutes(1)))
struct TLSTests {
  @Test("kdig, with the certificate checked by name, asks several questions on one connection")
  func kdig() async throws {
    try await withSecureServer { server in
      let words = ["-p", "\(server.tls)", "+tls-ca=\(server.certificate.files.certificate)", "+tls-hostname=dns.test"]
      let text = try await server.kdig(
        words + ["+keepopen", "web.default.svc.cluster.local", "big.default.svc.cluster.local"])
      #expect(text.contains("10.96.0.20") && text.contains("10.245.1.43"), "\(text)")
      #expect(text.contains("TLS session (TLS1.3)"), "\(text)")
      // kdig pads, and so do we.
      #expect(text.contains("PADDING"), "\(text)")
    }
  }

  @Test("ALPN `dot` is agreed on where it is asked for; no version below TLS 1.2 is spoken")
  func handshakes() async throws {
    try await withSecureServer { server in
      let words = ["s_client", "-connect", "127.0.0.1:\(server.tls)", "-brief", "-alpn", "dot"]
      let text = try await output(of: "sh", ["-c", "openssl \(words.joined(separator: " ")) < /dev/null 2>&1; true"])
      #expect(text.contains("CONNECTION ESTABLISHED"), "\(text)")
      let old = try await output(
        of: "sh",
        ["-c", "openssl \(words.joined(separator: " ")) -tls1_1 -cipher ALL@SECLEVEL=0 < /dev/null 2>&1; true"])
      #expect(!old.contains("CONNECTION ESTABLISHED"), "\(old)")
    }
  }

  @Test("A renewed certificate is used for new connections; a broken one changes nothing and is named")
  func renewal() async throws {
    try await withSecureServer { server in
      func isTrusted(_ certificate: String) async throws -> Bool {
        let words = ["-p", "\(server.tls)", "+tls-ca=\(certificate)", "+tls-hostname=dns.test", "+short"]
        let text = try? await server.kdig(words + ["web.default.svc.cluster.local"])
        return text?.contains("10.96.0.20") == true
      }
      let files = server.certificate.files
      let old = server.certificate.path("old.crt")
      try FileManager.default.copyItem(atPath: files.certificate, toPath: old)
      #expect(try await isTrusted(old))
      try await server.certificate.renew()
      #expect(try await isTrusted(old), "not read yet")
      try server.server.update(server.settings)
      #expect(try await isTrusted(files.certificate))
      #expect(try await !isTrusted(old))

      // Key and certificate do not belong together.
      try FileManager.default.removeItem(atPath: files.certificate)
      try FileManager.default.copyItem(atPath: old, toPath: files.certificate)
      let error = #expect(throws: TLSFileError.self) { try server.server.update(server.settings) }
      #expect(error?.description.contains(files.key) == true)
      #expect(try await !isTrusted(old))
      try FileManager.default.removeItem(atPath: files.certificate)
      let missing = #expect(throws: TLSFileError.self) { try server.server.update(server.settings) }
      #expect(missing?.path == files.certificate)
      #expect(throws: TLSFileError.self) { try files.check() }
    }
  }

  @Test("Without a certificate a server for TLS does not start, and says which file it misses")
  func missing() async throws {
    var settings = DNSServerSettings()
    settings.tls = TLSFiles(certificate: "/nowhere/tls.crt", key: "/nowhere/tls.key")
    let server = DNSServer(
      index: TestObjects.index(), sockets: [try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0)],
      settings: settings, logger: Logger(label: "test"))
    let error = await #expect(throws: TLSFileError.self) { try await server.run() }
    #expect(error?.description.contains("/nowhere/tls.crt") == true)
  }

  @Test("A client that says nothing, or does not end its handshake, is cut off", arguments: [[], [22, 3, 1, 2, 0, 1]])
  func silence(octets: [UInt8]) async throws {
    var settings = DNSServerSettings()
    settings.connectionIdleSeconds = 1
    try await withSecureServer(settings) { server in
      for port in [server.tls, server.https] {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
          .connect(to: SocketAddress(ipAddress: "127.0.0.1", port: Int(port))).get()
        if !octets.isEmpty { try await channel.writeAndFlush(ByteBuffer(bytes: octets)) }
        try await channel.closeFuture.get()
      }
    }
  }
}
