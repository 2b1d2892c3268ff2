// SPDX-License-Identifier: Apache-2.0
import Crypto
package import FoundationEssentials
import SwiftASN1
import X509

/// The cluster's own certificate authority and the server certificate that it signs, on P-256 keys (quick to make).
///
/// Both are made at the first start and kept in one folder, mode 0600. The server's certificate is made again when the
/// names that it must carry change, or when less than ``renewalPeriod`` of its life is left; the authority only when
/// its own life ends, because every kubeconfig that was given out trusts it.
package struct CertificateAuthority: Sendable {
  /// PEM.
  package let authorityCertificate: String
  package let serverCertificate: String
  package let serverKey: String

  /// Names and addresses under which clients on this machine and inside the cluster reach the API.
  package static let defaultNames = ServerNames(
    hosts: [
      "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
    ],
    addresses: [
      [127, 0, 0, 1], [10, 96, 0, 1], [10, 244, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ])

  /// What the server's certificate is valid for.
  package struct ServerNames: Sendable, Hashable {
    package var hosts: [String]
    /// 4 or 16 octets each.
    package var addresses: [[UInt8]]

    package init(hosts: [String], addresses: [[UInt8]]) {
      self.hosts = hosts
      self.addresses = addresses
    }

    var generalNames: [GeneralName] {
      hosts.map { .dnsName($0) } + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
    }
  }

  private static let day: TimeInterval = 86_400
  static let authorityLifetime: TimeInterval = 3650 * day
  static let serverLifetime: TimeInterval = 365 * day
  /// A server certificate with less time left is made again at start.
  static let renewalPeriod: TimeInterval = 60 * day
  /// A clock that is a little behind must not find the certificate not valid yet.
  private static let clockTolerance: TimeInterval = 3600

  /// Reads the certificates in `folder`, and makes what is missing or about to end.
  package init(
    folder: String, names: ServerNames = Self.defaultNames, now: Date = Date()
  ) throws(IdentityError) {
    try SecretFile.makeFolder(folder)
    var authority = try KeyPair.read("\(folder)/ca")
    if authority.map({ $0.certificate.notValidAfter < now.addingTimeInterval(Self.renewalPeriod) }) ?? true {
      authority = try Self.makeAuthority(now: now)
      try authority?.write(to: "\(folder)/ca")
    }
    guard let authority else { throw IdentityError(message: "no certificate authority in \(folder)") }
    var server = try KeyPair.read("\(folder)/apiserver")
    if server.map({ !Self.isFit($0.certificate, authority, names, now) }) ?? true {
      server = try Self.makeServer(authority, names, now: now)
      try server?.write(to: "\(folder)/apiserver")
    }
    guard let server else { throw IdentityError(message: "no server certificate in \(folder)") }
    authorityCertificate = try authority.certificatePEM
    serverCertificate = try server.certificatePEM
    serverKey = server.key.pemRepresentation
  }

  private static func isFit(
    _ certificate: Certificate, _ authority: KeyPair, _ names: ServerNames, _ now: Date
  ) -> Bool {
    guard certificate.notValidAfter > now.addingTimeInterval(renewalPeriod),
      authority.certificate.publicKey.isValidSignature(certificate.signature, for: certificate),
      let found = try? certificate.extensions.subjectAlternativeNames
    else { return false }
    return Set(found) == Set(names.generalNames)
  }

  private static func makeAuthority(now: Date) throws(IdentityError) -> KeyPair {
    try make { key throws in
      let name = try DistinguishedName { CommonName("callsign-ca") }
      return try Certificate(
        version: .v3, serialNumber: .init(), publicKey: Certificate.PublicKey(key.publicKey),
        notValidBefore: now.addingTimeInterval(-clockTolerance),
        notValidAfter: now.addingTimeInterval(authorityLifetime), issuer: name, subject: name,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
          Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
          SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
        },
        issuerPrivateKey: Certificate.PrivateKey(key))
    }
  }

  private static func makeServer(
    _ authority: KeyPair, _ names: ServerNames, now: Date
  ) throws(IdentityError) -> KeyPair {
    try make { key throws in
      try Certificate(
        version: .v3, serialNumber: .init(), publicKey: Certificate.PublicKey(key.publicKey),
        notValidBefore: now.addingTimeInterval(-clockTolerance), notValidAfter: now.addingTimeInterval(serverLifetime),
        issuer: authority.certificate.subject, subject: DistinguishedName { CommonName("kube-apiserver") },
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: Certificate.Extensions {
          Critical(BasicConstraints.notCertificateAuthority)
          Critical(KeyUsage(digitalSignature: true))
          try ExtendedKeyUsage([.serverAuth])
          SubjectAlternativeNames(names.generalNames)
          try AuthorityKeyIdentifier(
            keyIdentifier: authority.certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
        },
        issuerPrivateKey: Certificate.PrivateKey(authority.key))
    }
  }

  private static func make(
    _ certificate: (P256.Signing.PrivateKey) throws -> Certificate
  ) throws(IdentityError) -> KeyPair {
    let key = P256.Signing.PrivateKey()
    do {
      return KeyPair(certificate: try certificate(key), key: key)
    } catch {
      throw IdentityError(message: "a certificate cannot be made: \(error)")
    }
  }
}

/// A certificate and its private key, in the files `NAME.crt` and `NAME.key`.
private struct KeyPair {
  var certificate: Certificate
  var key: P256.Signing.PrivateKey

  var certificatePEM: String {
    get throws(IdentityError) {
      do {
        return try certificate.serializeAsPEM().pemString
      } catch {
        throw IdentityError(message: "a certificate cannot be written: \(error)")
      }
    }
  }

  /// Nil where one of the files is missing, or the two do not belong together (a write was cut between them).
  static func read(_ name: String) throws(IdentityError) -> KeyPair? {
    guard let certificateText = try SecretFile.read("\(name).crt"),
      let keyText = try SecretFile.read("\(name).key")
    else { return nil }
    do {
      let pair = KeyPair(
        certificate: try Certificate(pemEncoded: certificateText),
        key: try P256.Signing.PrivateKey(pemRepresentation: keyText))
      return pair.certificate.publicKey == Certificate.PublicKey(pair.key.publicKey) ? pair : nil
    } catch {
      throw IdentityError(
        message: "\(name).crt or \(name).key is damaged (\(error)): delete both and start again to have new ones made")
    }
  }

  func write(to name: String) throws(IdentityError) {
    try SecretFile.write(key.pemRepresentation + "\n", to: "\(name).key")
    try SecretFile.write(certificatePEM + "\n", to: "\(name).crt")
  }
}
