// SPDX-License-Identifier: Apache-2.0
import Foundation

@testable import DNSServer

/// A certificate for `dns.test` and 127.0.0.1 that signs itself, made by Debian's `openssl`, in a folder of its own.
struct TestCertificate {
  let files: TLSFiles
  private let folder: String

  init() async throws {
    folder = FileManager.default.temporaryDirectory.path + "/callsign-tls-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    files = TLSFiles(certificate: folder + "/tls.crt", key: folder + "/tls.key")
    try await renew()
  }

  /// Puts a new key and certificate in place of the present ones.
  func renew() async throws {
    _ = try await output(
      of: "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=dns.test", "-addext", "subjectAltName=DNS:dns.test,IP:127.0.0.1", "-keyout", files.key, "-out",
        files.certificate,
      ])
  }

  /// Another file in the folder.
  func path(_ name: String) -> String { folder + "/" + name }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
