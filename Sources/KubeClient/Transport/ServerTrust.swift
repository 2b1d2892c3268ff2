// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import NIOSSL

/// Whose certificates an API server may show.
package enum ServerTrust: Hashable, Sendable {
  /// Authorities in PEM.
  case authorities([UInt8])
  /// A PEM file of authorities, read anew for each connection: authorities are replaced while a program runs.
  case file(String)
  /// The authorities that this machine trusts.
  case system
  /// Any certificate at all (`insecure-skip-tls-verify`).
  case anything

  /// Octets of authorities that are read.
  static let maximumFile = 1 << 20
}

/// A client's certificate, the chain to its authority behind it, and its key, all in PEM.
package struct ClientIdentity: Hashable, Sendable {
  package var certificates: [UInt8]
  package var key: [UInt8]

  package init(certificates: [UInt8], key: [UInt8]) {
    self.certificates = certificates
    self.key = key
  }
}

/// Makes what a TLS connection starts with. For whom the peer's certificate is, is checked by ``PeerNameHandler``.
struct TLSSettings: Sendable {
  var trust: ServerTrust
  /// `nil` where the server is not to check who asks by certificate.
  var identity: ClientIdentity?
  /// For ALPN, the most wanted first.
  var protocols: [String]

  func context() throws(TLSSettingsProblem) -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = protocols
    configuration.certificateVerification = .noHostnameVerification
    switch trust {
    case .system: configuration.trustRoots = .default
    case .anything: configuration.certificateVerification = .none
    case .authorities(let pem): configuration.trustRoots = .certificates(try Self.certificates(pem, of: "authorities"))
    case .file(let path):
      let pem: [UInt8]
      do { pem = try Files.read(path, limit: ServerTrust.maximumFile) } catch {
        throw TLSSettingsProblem(message: "the authorities' file cannot be read: \(error)")
      }
      configuration.trustRoots = .certificates(try Self.certificates(pem, of: path))
    }
    if let identity {
      let chain = try Self.certificates(identity.certificates, of: "the client certificate")
      configuration.certificateChain = chain.map { .certificate($0) }
      do {
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: identity.key, format: .pem))
      } catch {
        throw TLSSettingsProblem(message: "the client key is no private key in PEM that can be read (\(error))")
      }
    }
    do { return try NIOSSLContext(configuration: configuration) } catch {
      throw TLSSettingsProblem(message: "client certificate and client key do not belong together (\(error))")
    }
  }

  private static func certificates(_ pem: [UInt8], of what: String) throws(TLSSettingsProblem) -> [NIOSSLCertificate] {
    do {
      let found = try NIOSSLCertificate.fromPEMBytes(pem)
      if !found.isEmpty { return found }
    } catch {
      throw TLSSettingsProblem(message: "\(what): no certificate in PEM that can be read (\(error))")
    }
    throw TLSSettingsProblem(message: "\(what): no certificate in it; PEM starts with -----BEGIN CERTIFICATE-----")
  }
}

/// Certificates or a key that cannot be used.
struct TLSSettingsProblem: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
