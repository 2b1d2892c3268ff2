// SPDX-License-Identifier: Apache-2.0
import NIOSSL

/// Where the server's certificate and key are: PEM files, as cert-manager and a Secret of type `kubernetes.io/tls`
/// have them.
package struct TLSFiles: Hashable, Sendable {
  /// The path of the certificate, those of the authorities between it and the root behind it.
  package var certificate: String
  /// The path of its private key.
  package var key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }

  /// Reads both files.
  /// - Throws: if one cannot be read, or the key is not the certificate's.
  package func check() throws(TLSFileError) {
    _ = try context(protocols: [])
  }

  /// - Parameter protocols: what is agreed on with clients that use ALPN.
  func configuration(protocols: [String]) throws(TLSFileError) -> TLSConfiguration {
    let chain: [NIOSSLCertificate]
    do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
      throw TLSFileError(path: certificate, what: "holds no certificate that can be read", cause: "\(error)")
    }
    let privateKey: NIOSSLPrivateKey
    do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
      throw TLSFileError(path: key, what: "holds no private key that can be read", cause: "\(error)")
    }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
    // RFC 8310 §9, and what every client of DNS over TLS has.
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = protocols
    return configuration
  }

  func context(protocols: [String]) throws(TLSFileError) -> NIOSSLContext {
    let configuration = try configuration(protocols: protocols)
    do { return try NIOSSLContext(configuration: configuration) } catch {
      throw TLSFileError(path: key, what: "is not the key of \(certificate)", cause: "\(error)")
    }
  }
}

/// A certificate or key that cannot be used.
package struct TLSFileError: Error, Hashable, CustomStringConvertible {
  package let path: String
  package let what: String
  package let cause: String

  package var description: String { "\(path) \(what) (\(cause))" }
}
