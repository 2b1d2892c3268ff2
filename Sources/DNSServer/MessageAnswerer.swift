// SPDX-License-Identifier: Apache-2.0
import DNSWire
package import Naming

/// The way from a message to its answer without sockets: what each worker does with what comes in. Fuzzers go this
/// way. A question that would be forwarded has no answer here. Cookies and identity are on; the time stands still.
package struct MessageAnswerer: Sendable {
  private let responder: Responder

  /// - Parameter forwards: whether names outside the zone are left to others.
  package init(payloadSize: Int = EDNS.defaultPayloadSize, forwards: Bool = false) {
    var responder = Responder(payloadSize: payloadSize, forwards: forwards)
    var cookies = CookieSettings()
    cookies.secret = CookieSecret(octets: 0..<UInt8(CookieSecret.length))
    responder.cookies = CookieKeeper(cookies)
    responder.identity = ServerIdentity(name: "server-1", version: "1")
    responder.clock = ServerClock(seconds: { 1_800_000_000 }, nanoseconds: { 0 })
    self.responder = responder
  }

  /// The answer to `message`; nil where there is none.
  /// - Parameters:
  ///   - overTCP: false for UDP.
  ///   - random: decides which of several records comes first.
  package func answer(
    _ message: [UInt8], overTCP: Bool, from snapshot: NameSnapshot, random: UInt32
  ) -> [UInt8]? {
    guard message.count <= StreamConnection.messageLimit else { return nil }
    var buffer = MessageBuffer(capacity: StreamConnection.messageLimit)
    buffer.append(message)
    let client = Client(transport: overTCP ? .tcp : .udp, address: HostAddress(ipv4: 0x7F00_0001), port: 5353)
    guard case .reply = responder.respond(to: &buffer, from: snapshot, client: client, random: random)
    else { return nil }
    return buffer.octets
  }
}
