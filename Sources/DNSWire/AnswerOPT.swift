// SPDX-License-Identifier: Apache-2.0

/// The OPT record of an answer. What it will hold is settled before the answer is written, so that room is kept for it;
/// only an extended error comes later, and only where there is room left.
package struct AnswerOPT: Hashable, Sendable {
  /// The most octets that a server's name for itself may have: beside all other options and the longest question it
  /// fits an answer of 512 octets.
  package static let maximumIdentityLength = 128

  /// Octets that we take over UDP.
  package var payloadSize: Int
  /// DO as the client had it (RFC 3225 §3).
  package var isDNSSECOK: Bool
  /// Whether any of the following is set; without, the record is bare.
  package private(set) var hasOptions = false
  package var cookie: Cookie? { didSet { hasOptions = true } }
  /// The server's name for itself is asked for (RFC 5001).
  package var hasIdentity = false { didSet { hasOptions = true } }
  /// How long a connection may be idle, in units of 100 milliseconds (RFC 7828 §3.1).
  package var keepalive: UInt16? { didSet { hasOptions = true } }
  /// Octets of which the message's length becomes a multiple (RFC 8467 §4.1); 0: no padding.
  package var paddingBlock = 0 { didSet { hasOptions = true } }
  package var extendedError: ExtendedError? { didSet { hasOptions = true } }

  package init(payloadSize: Int, isDNSSECOK: Bool = false) {
    self.payloadSize = payloadSize
    self.isDNSSECOK = isDNSSECOK
  }

  /// Octets to keep free for the record: padding and an extended error take what is left.
  /// - Parameter identityLength: octets of the server's name for itself.
  package func reservedLength(identityLength: Int) -> Int {
    guard hasOptions else { return EDNS.bareLength }
    return EDNS.bareLength + (cookie == nil ? 0 : Cookie.optionLength)
      + (hasIdentity ? EDNSOption.headerLength + identityLength : 0)
      + (keepalive == nil ? 0 : EDNSOption.headerLength + 2)
  }
}

extension AnswerWriter {
  /// Appends the OPT record, if the client sent one, and fills in the header.
  /// - Parameters:
  ///   - opt: its `reservedLength` was taken off the writer's limit.
  ///   - identity: the server's name for itself, at most `AnswerOPT.maximumIdentityLength` octets.
  @inline(__always)
  package mutating func writeHeader(
    id: UInt16, flags: Header.Flags, responseCode: ResponseCode, opt: AnswerOPT?, identity: [UInt8]
  ) {
    if let opt {
      if opt.hasOptions {
        append(opt, responseCode, identity)
      } else {
        buffer.appendOPT(
          payloadSize: opt.payloadSize, responseCode: responseCode, isDNSSECOK: opt.isDNSSECOK, optionsLength: 0)
      }
      count(1, in: .additional)
    }
    writeHeader(id: id, flags: flags, responseCode: responseCode)
  }

  private mutating func append(_ opt: AnswerOPT, _ responseCode: ResponseCode, _ identity: [UInt8]) {
    let reserved = opt.reservedLength(identityLength: identity.count)
    let extendedError = remaining >= ExtendedError.optionLength ? opt.extendedError : nil
    var length = reserved + (extendedError == nil ? 0 : ExtendedError.optionLength)
    let padding = paddingLength(behind: buffer.count + length, opt.paddingBlock, limit: limit + reserved)
    if let padding { length += EDNSOption.headerLength + padding }

    buffer.appendOPT(
      payloadSize: opt.payloadSize, responseCode: responseCode, isDNSSECOK: opt.isDNSSECOK,
      optionsLength: length - EDNS.bareLength)
    if let cookie = opt.cookie { buffer.append(cookie) }
    if opt.hasIdentity { buffer.append(EDNSOption(.nsid, identity)) }
    if let keepalive = opt.keepalive {
      buffer.appendOptionHeader(.tcpKeepalive, length: 2)
      buffer.append(bigEndian: keepalive)
    }
    if let extendedError {
      buffer.appendOptionHeader(.extendedError, length: 2)
      buffer.append(bigEndian: extendedError.rawValue)
    }
    if let padding {
      buffer.appendOptionHeader(.padding, length: padding)
      for _ in 0..<padding { buffer.append(0) }
    }
  }

  /// Octets of padding that make a whole number of blocks, or fill the message where the last block does not fit.
  private func paddingLength(behind count: Int, _ block: Int, limit: Int) -> Int? {
    guard block > 0 else { return nil }
    let start = count + EDNSOption.headerLength
    guard start <= limit else { return nil }
    return min((start + block - 1) / block * block, limit) - start
  }
}

extension MessageBuffer {
  fileprivate mutating func appendOptionHeader(_ code: EDNSOptionCode, length: Int) {
    append(bigEndian: code.rawValue)
    append(bigEndian: UInt16(length))
  }

  fileprivate mutating func append(_ cookie: Cookie) {
    let hasServer = cookie.server != nil
    appendOptionHeader(.cookie, length: Cookie.clientLength + (hasServer ? ServerCookie.length : 0))
    append(bigEndian: cookie.client)
    if let server = cookie.server {
      append(bigEndian: server.head)
      append(bigEndian: server.hash)
    }
  }
}
