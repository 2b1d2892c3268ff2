// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore

/// Asks a SOCKS proxy for a way to a server (RFC 1928, with user and password of RFC 1929). The proxy looks up names.
///
/// States: `choosing` a method → `showing` user and password, or at once `asking` for the way → open.
struct SOCKSDialogue: TunnelDialogue {
  private enum State { case choosing, showing, asking }

  private static let version: UInt8 = 5
  private static let noMethod: UInt8 = 0xFF
  private static let passwordMethod: UInt8 = 2

  let target: HostPort
  /// Up to 255 octets each.
  let login: (user: String, password: String)?
  private var state = State.choosing

  init(target: HostPort, login: (user: String, password: String)?) {
    self.target = target
    self.login = login
  }

  mutating func begin() -> ByteBuffer {
    ByteBuffer(bytes: login == nil ? [Self.version, 1, 0] : [Self.version, 2, 0, Self.passwordMethod])
  }

  mutating func receive(_ received: inout ByteBuffer) throws(ProxyRefusal) -> TunnelStep {
    switch state {
    case .choosing: try choose(&received)
    case .showing: try readJudgement(&received)
    case .asking: try readReply(&received)
    }
  }

  private mutating func choose(_ received: inout ByteBuffer) throws(ProxyRefusal) -> TunnelStep {
    guard let answer = received.readBytes(length: 2) else { return .wait }
    guard answer[0] == Self.version else {
      throw ProxyRefusal(message: "it does not speak SOCKS version 5: is it an HTTP proxy (http://)?")
    }
    switch (answer[1], login) {
    case (0, _): return ask()
    case (Self.passwordMethod, let login?):
      state = .showing
      var words = ByteBuffer(bytes: [1])
      for text in [login.user, login.password] {
        words.writeInteger(UInt8(clamping: text.utf8.count))
        words.writeBytes(text.utf8.prefix(255))
      }
      return .say(words)
    case (Self.noMethod, nil):
      throw ProxyRefusal(message: "it wants to know who asks: give user and password in the proxy's URL")
    default: throw ProxyRefusal(message: "it takes neither no proof of who asks nor user and password")
    }
  }

  private mutating func readJudgement(_ received: inout ByteBuffer) throws(ProxyRefusal) -> TunnelStep {
    guard let answer = received.readBytes(length: 2) else { return .wait }
    guard answer[1] == 0 else { throw ProxyRefusal(message: "it does not take this user and password") }
    return ask()
  }

  private mutating func ask() -> TunnelStep {
    state = .asking
    var words = ByteBuffer(bytes: [Self.version, 1, 0])
    if let address = HostAddress(target.host) {
      words.writeInteger(UInt8(address.family == .ipv4 ? 1 : 4))
      words.writeBytes(address.octets)
    } else {
      words.writeInteger(UInt8(3))
      words.writeInteger(UInt8(clamping: target.host.utf8.count))
      words.writeString(target.host)
    }
    words.writeInteger(UInt16(clamping: target.port))
    return .say(words)
  }

  private func readReply(_ received: inout ByteBuffer) throws(ProxyRefusal) -> TunnelStep {
    guard let head = received.getBytes(at: received.readerIndex, length: 5) else { return .wait }
    guard head[0] == Self.version, head[1] == 0 else {
      throw ProxyRefusal(message: "it cannot reach \(target): \(Self.reason(head[1]))")
    }
    let address =
      switch head[3] {
      case 1: 4
      case 4: 16
      default: 1 + Int(head[4])
      }
    // The address from which the proxy asks is of no use here.
    guard received.readSlice(length: 4 + address + 2) != nil else { return .wait }
    return .open
  }

  /// RFC 1928 §6.
  private static func reason(_ code: UInt8) -> String {
    switch code {
    case 2: "its rules forbid it"
    case 3: "the network is unreachable"
    case 4: "the host is unreachable, or its name unknown there"
    case 5: "the connection was refused"
    default: "code \(code)"
    }
  }
}
