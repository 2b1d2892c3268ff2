// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import Testing

@testable import APIServer

@Suite struct IdentityTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "pki-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func certificatesAreMadeOnce() throws {
    try withFolder { folder in
      let first = try CertificateAuthority(folder: folder)
      let second = try CertificateAuthority(folder: folder)
      #expect(second.authorityCertificate == first.authorityCertificate)
      #expect(second.serverCertificate == first.serverCertificate)
      #expect(second.serverKey == first.serverKey)
    }
  }

  @Test func newNamesAndOldAgeRenewTheServersAlone() throws {
    try withFolder { folder in
      let first = try CertificateAuthority(folder: folder)
      var names = CertificateAuthority.defaultNames
      names.hosts.append("other.example")
      let renamed = try CertificateAuthority(folder: folder, names: names)
      #expect(renamed.serverCertificate != first.serverCertificate)
      let goodFor = CertificateAuthority.serverLifetime - CertificateAuthority.renewalPeriod
      let later = Date().addingTimeInterval(goodFor + 60)
      let renewed = try CertificateAuthority(folder: folder, names: names, now: later)
      #expect(renewed.serverCertificate != renamed.serverCertificate)
      #expect(renewed.authorityCertificate == first.authorityCertificate, "kubeconfigs that were given out stay good")
    }
  }

  /// As after a kill between the two writes.
  @Test func aKeyWithoutItsCertificateIsReplaced() throws {
    try withFolder { folder in
      let first = try CertificateAuthority(folder: folder)
      try FileManager.default.removeItem(atPath: "\(folder)/apiserver.crt")
      let second = try CertificateAuthority(folder: folder)
      #expect(second.serverKey != first.serverKey)
      try Data("no PEM".utf8).write(to: URL(filePath: "\(folder)/ca.crt"))
      #expect {
        try CertificateAuthority(folder: folder)
      } throws: { "\($0)".contains("delete both") }
    }
  }

  @Test func secretsAreTheOwnersAlone() throws {
    try withFolder { folder in
      let authority = try CertificateAuthority(folder: folder)
      let token = try BearerToken(folder: folder)
      #expect(try BearerToken(folder: folder).text == token.text)
      #expect(token.text.utf8.count == 43)
      try Kubeconfig(server: "https://x", authorityCertificate: authority.authorityCertificate, token: token)
        .write(to: "\(folder)/kubeconfig")
      for name in ["ca.key", "apiserver.key", "token", "kubeconfig"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
        #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
      }
    }
  }

  @Test(arguments: [
    ("Bearer secret", true), ("bearer secret", true), ("Bearer secre", false), ("Bearer secretsecret", false),
    ("Bearer Secret", false), ("Bearer ", false), ("Basic secret", false), ("secret", false), (nil, false),
  ] as [(String?, Bool)])
  func tokens(header: String?, isRight: Bool) {
    #expect(BearerToken(text: "secret").isIn(authorization: header) == isRight)
  }
}
