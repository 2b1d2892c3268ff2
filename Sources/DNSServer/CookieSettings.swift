// SPDX-License-Identifier: Apache-2.0

/// DNS cookies (RFC 7873, RFC 9018): a client that sends one back has proven its address.
package struct CookieSettings: Hashable, Sendable {
  /// Whether cookies are answered. Off: the option is passed over.
  package var isOn = true
  /// Makes and checks server cookies; the same on all replicas behind one address. `nil`: a random one at start.
  package var secret: CookieSecret?
  /// Also accepted: the one before. When `secret` is replaced while the server runs, `nil` means the replaced one.
  package var previousSecret: CookieSecret?
  /// Over UDP, a client that sends a cookie without a valid server part gets BADCOOKIE and a fresh cookie instead of
  /// an answer (RFC 7873 §5.2.3). Clients without cookies are answered all the same.
  package var isRequired = false

  package init() {}
}

/// Sixteen octets that server cookies are made with.
package struct CookieSecret: Hashable, Sendable {
  package static let length = 16

  let key: SipHashKey

  init(_ key: SipHashKey) { self.key = key }

  /// `nil` unless there are sixteen octets.
  package init?(octets: some Collection<UInt8>) {
    guard octets.count == Self.length else { return nil }
    func word(_ octets: some Collection<UInt8>) -> UInt64 { octets.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    key = SipHashKey(first: word(octets.prefix(8)), second: word(octets.dropFirst(8)))
  }

  /// Reads 32 hexadecimal digits; `nil` for anything else.
  package init?(hex text: some StringProtocol) {
    let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == 2 * Self.length, text.utf8.count == digits.count else { return nil }
    self.init(octets: (0..<Self.length).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) })
  }

  package static func random() -> CookieSecret { CookieSecret(.random()) }
}

extension CookieSecret: CustomStringConvertible {
  /// Never the secret itself: descriptions end in logs.
  package var description: String { "(secret)" }
}
