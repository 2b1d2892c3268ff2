// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

@testable import KubeClient

/// A certificate authority for a test, and what it signs.
struct TestAuthority {
  /// A certificate and its key in PEM.
  struct Pair {
    var certificate: String
    var key: String

    var identity: ClientIdentity {
      ClientIdentity(certificates: Array(certificate.utf8), key: Array(key.utf8))
    }
  }

  let certificate: Certificate
  private let key: P256.Signing.PrivateKey

  init(name: String = "test-ca") throws {
    key = P256.Signing.PrivateKey()
    let subject = try DistinguishedName { CommonName(name) }
    certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: Certificate.PublicKey(key.publicKey),
      notValidBefore: Date(timeIntervalSinceNow: -86_400), notValidAfter: Date(timeIntervalSinceNow: 86_400 * 30),
      issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
  }

  var pem: String { get throws { try certificate.serializeAsPEM().pemString + "\n" } }

  var trust: ServerTrust { get throws { .authorities(Array(try pem.utf8)) } }

  /// - Parameter days: from when until when it is valid, counted from now.
  func issue(
    _ name: String, names: [String] = [], addresses: [[UInt8]] = [], days: ClosedRange<Double> = -1...1
  ) throws -> Pair {
    let own = P256.Signing.PrivateKey()
    let alternatives: [GeneralName] =
      names.map { .dnsName($0) } + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
    let issued = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: Certificate.PublicKey(own.publicKey),
      notValidBefore: Date(timeIntervalSinceNow: days.lowerBound * 86_400),
      notValidAfter: Date(timeIntervalSinceNow: days.upperBound * 86_400), issuer: certificate.subject,
      subject: DistinguishedName { CommonName(name) }, signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth, .clientAuth])
        if !alternatives.isEmpty { SubjectAlternativeNames(alternatives) }
      },
      issuerPrivateKey: Certificate.PrivateKey(key))
    return Pair(certificate: try issued.serializeAsPEM().pemString + "\n", key: own.pemRepresentation + "\n")
  }

  /// A server's settings.
  /// - Parameter clients: whose certificates a client has to show.
  static func serverTLS(
    _ pair: Pair, protocols: [String] = ["h2", "http/1.1"], clients: TestAuthority? = nil
  ) throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(pair.certificate.utf8)).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(pair.key.utf8), format: .pem)))
    configuration.applicationProtocols = protocols
    if let clients {
      configuration.certificateVerification = .noHostnameVerification
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(clients.pem.utf8)))
    }
    return configuration
  }
}
