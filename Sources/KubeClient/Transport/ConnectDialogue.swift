// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Asks an HTTP proxy for a way to a server: CONNECT (RFC 9110 §9.3.6).
struct ConnectDialogue: TunnelDialogue {
  /// Octets of the head of a proxy's answer.
  static let maximumHead = 16 << 10

  let target: HostPort
  /// `Proxy-Authorization`.
  let authorization: String?
  let userAgent: String

  mutating func begin() -> ByteBuffer {
    let fields = authorization.map { "Proxy-Authorization: \($0)\r\n" } ?? ""
    return ByteBuffer(
      string: "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\nUser-Agent: \(userAgent)\r\n\(fields)\r\n")
  }

  mutating func receive(_ received: inout ByteBuffer) throws(ProxyRefusal) -> TunnelStep {
    guard let end = received.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
      guard received.readableBytes <= Self.maximumHead else {
        throw ProxyRefusal(message: "its answer has no end after \(Self.maximumHead >> 10) KiB: is it an HTTP proxy?")
      }
      return .wait
    }
    let head = String(buffer: received.readSlice(length: end.lowerBound - received.readerIndex) ?? ByteBuffer())
    received.moveReaderIndex(forwardBy: 4)
    let line = head.prefix { !$0.isNewline }
    let parts = line.split(separator: " ", maxSplits: 2)
    guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
      throw ProxyRefusal(message: "it answered \"\(line.prefix(80))\", which is no HTTP: is it an HTTP proxy?")
    }
    guard (200..<300).contains(status) else {
      let advice = status == 407 ? ": give user and password in the proxy's URL" : ""
      throw ProxyRefusal(message: "it does not let this program through (\"\(line.prefix(200))\")\(advice)")
    }
    return .open
  }
}
