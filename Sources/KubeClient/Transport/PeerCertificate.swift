// SPDX-License-Identifier: Apache-2.0
import DNSWire
import FoundationEssentials
import NIOSSL
import SwiftASN1
import X509

/// The certificate that a server showed, as far as it explains why it was or was not taken.
struct PeerCertificate {
  private let certificate: Certificate

  /// `nil` where it is none that can be read.
  init?(_ peer: NIOSSLCertificate?) {
    guard let der = try? peer?.toDERBytes(), let certificate = try? Certificate(derEncoded: der) else { return nil }
    self.certificate = certificate
  }

  /// The names and addresses that it is for.
  private var names: [GeneralName] {
    guard let names = try? certificate.extensions.subjectAlternativeNames else { return [] }
    return Array(names)
  }

  /// Whether it is for an address (RFC 5280 §4.2.1.6: octets are compared, names and wildcards do not count).
  func isFor(_ address: HostAddress) -> Bool {
    names.contains { name in
      if case .ipAddress(let octets) = name { Array(octets.bytes) == address.octets } else { false }
    }
  }

  /// Why it is not trusted, as far as can be seen from here, and what to do.
  /// - Parameter now: the time by this machine's clock.
  func problem(now: Date) -> String {
    if now > certificate.notValidAfter {
      return
        "the server's certificate ended on \(Self.text(certificate.notValidAfter)): renew it, or set this machine's"
        + " clock, which says \(Self.text(now))"
    }
    if now < certificate.notValidBefore {
      return "the server's certificate begins on \(Self.text(certificate.notValidBefore)): set this machine's clock,"
        + " which says \(Self.text(now))"
    }
    return "the server's certificate, issued by \(certificate.issuer), comes from none of the authorities that are"
      + " trusted: give the cluster's authority (certificate-authority-data)"
  }

  /// What is said where the certificate is for others.
  func nameProblem(for host: String) -> String {
    let list = names.compactMap { name -> String? in
      switch name {
      case .dnsName(let text): text
      case .ipAddress(let octets): HostAddress(octets: octets.bytes).map { "\($0)" }
      default: nil
      }
    }
    let others = list.isEmpty ? "no name or address" : list.joined(separator: ", ")
    return "the server's certificate is for \(others), not for \(host): use one of these as server, or give it as"
      + " tls-server-name"
  }

  private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
