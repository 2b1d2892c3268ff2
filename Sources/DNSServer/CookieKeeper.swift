// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Makes server cookies and knows its own again (RFC 9018). Nothing is remembered about a client.
struct CookieKeeper: Sendable {
  /// Seconds that a cookie is good for (RFC 9018 §4.3).
  static let lifetime: UInt32 = 3600
  /// Seconds that another replica's clock may be ahead.
  static let maximumClockLead: UInt32 = 300
  /// Seconds after which a client gets a fresh cookie in place of one that is still good.
  static let renewalAge: UInt32 = 1800

  let secret: CookieSecret
  let previousSecret: CookieSecret?
  let isRequired: Bool

  /// `nil` where cookies are off.
  /// - Parameter predecessor: the keeper that this one takes the place of.
  init?(_ settings: CookieSettings, after predecessor: CookieKeeper? = nil) {
    guard settings.isOn else { return nil }
    secret = settings.secret ?? predecessor?.secret ?? .random()
    isRequired = settings.isRequired
    if let previous = settings.previousSecret {
      previousSecret = previous
    } else if let predecessor {
      previousSecret = predecessor.secret == secret ? predecessor.previousSecret : predecessor.secret
    } else {
      previousSecret = nil
    }
  }

  /// Whether the client's cookie proves its address, and the cookie to answer with.
  /// - Parameter now: seconds since 1970.
  func check(_ cookie: Cookie, from address: HostAddress, now: UInt32) -> (isValid: Bool, answer: Cookie) {
    if let server = cookie.server, server.version == ServerCookie.version {
      // Serial numbers: the time may pass 2^32 (RFC 9018 §4.3, RFC 1982).
      let age = Int32(bitPattern: now &- server.time)
      if age <= Int32(Self.lifetime), age >= -Int32(Self.maximumClockLead) {
        if server.hash == hash(cookie.client, server.head, address, secret) {
          return (true, age > Int32(Self.renewalAge) ? fresh(cookie.client, address, now) : cookie)
        }
        if let previousSecret, server.hash == hash(cookie.client, server.head, address, previousSecret) {
          return (true, fresh(cookie.client, address, now))
        }
      }
    }
    return (false, fresh(cookie.client, address, now))
  }

  private func fresh(_ client: UInt64, _ address: HostAddress, _ now: UInt32) -> Cookie {
    let head = UInt64(ServerCookie.version) << 56 | UInt64(now)
    return Cookie(client: client, server: ServerCookie(head: head, hash: hash(client, head, address, secret)))
  }

  /// The hash over client cookie, version, reserved octets, time and address (RFC 9018 §4.4).
  private func hash(_ client: UInt64, _ head: UInt64, _ address: HostAddress, _ secret: CookieSecret) -> UInt64 {
    var hash = SipHash(key: secret.key)
    hash.append(client.byteSwapped)
    hash.append(head.byteSwapped)
    switch address.family {
    case .ipv4:
      return hash.finish(UInt64(UInt32(truncatingIfNeeded: address.low).byteSwapped), length: 20).byteSwapped
    case .ipv6:
      hash.append(address.high.byteSwapped)
      hash.append(address.low.byteSwapped)
      return hash.finish(length: 32).byteSwapped
    }
  }
}
