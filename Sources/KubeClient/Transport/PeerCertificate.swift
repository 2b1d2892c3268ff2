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

  /// Whether it is for a name or an address (RFC 9525 §6). For an address the octets are compared, and names do not
  /// count; for a name addresses do not, nor does the subject's common name.
  func isFor(_ host: String) -> Bool {
    let address = HostAddress(host)
    return names.contains { name in
      switch name {
      case .ipAddress(let octets): address.map { Array(octets.bytes) == $0.octets } ?? false
      case .dnsName(let pattern): address == nil && Self.matches(host, pattern)
      default: false
      }
    }
  }

  /// Whether a name is one of those that a certificate tells: the same, capitals or not, but for a first label that is
  /// a `*`, and stands for one label.
  static func matches(_ host: String, _ pattern: String) -> Bool {
    var labels = labels(host)
    var wanted = self.labels(pattern)
    guard labels.count == wanted.count, !labels.contains(where: \.isEmpty),
      pattern.utf8.allSatisfy({ $0 < 0x80 })
    else { return false }
    if wanted.first == "*", wanted.count > 1 {
      labels.removeFirst()
      wanted.removeFirst()
    }
    return labels == wanted
  }

  /// The labels of a name, in small letters; a dot at the end makes no difference.
  private static func labels(_ name: String) -> [String] {
    let whole = name.last == "." ? name.dropLast() : name[...]
    return whole.lowercased().split(separator: ".", omittingEmptySubsequences: false).map(String.init)
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
  func nameProblem(for peer: ExpectedPeer) -> String {
    let list = names.compactMap { name -> String? in
      switch name {
      case .dnsName(let text): text.line(of: Self.shownName)
      case .ipAddress(let octets): HostAddress(octets: octets.bytes).map { "\($0)" }
      default: nil
      }
    }
    guard !list.isEmpty else {
      return "the \(peer.role)'s certificate is for no name or address at all, not for \(peer.host): it needs one"
        + " that says so (subjectAltName)"
    }
    let more = list.count > Self.shownNames ? " and \(list.count - Self.shownNames) more" : ""
    let others = list.prefix(Self.shownNames).joined(separator: ", ") + more
    let advice =
      switch peer.role {
      case .server: "use one of these as server, or give it as tls-server-name"
      case .proxy: "use one of these in the proxy's URL"
      }
    return "the \(peer.role)'s certificate is for \(others), not for \(peer.host): \(advice)"
  }

  /// Names of a certificate that a message shows, and the characters of each.
  private static let (shownNames, shownName) = (20, 253)

  private static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
