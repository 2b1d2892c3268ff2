// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What makes two forwarded questions the same one: name without regard to case, type, and how the upstream is to work.
struct ForwardKey: Hashable, Sendable {
  /// The name's wire format in lower case, the type, and the flags that go upstream.
  let octets: [UInt8]

  /// - Parameters:
  ///   - flags: of which RD and CD count: they are passed on, and change what comes back.
  ///   - isFallback: others are asked than for the same question otherwise.
  init(_ question: Question, _ flags: Header.Flags, isFallback: Bool = false) {
    self.init(question.name, question.type, Self.mode(flags) | (isFallback ? 4 : 0))
  }

  private init(_ name: Name, _ type: RecordType, _ mode: UInt8) {
    var octets: [UInt8] = []
    octets.reserveCapacity(name.wire.count + 3)
    for octet in name.wire { octets.append(octet.asciiLowercased) }
    octets.append(UInt8(truncatingIfNeeded: type.rawValue >> 8))
    octets.append(UInt8(truncatingIfNeeded: type.rawValue))
    octets.append(mode)
    self.octets = octets
  }

  private init(octets: [UInt8]) { self.octets = octets }

  private static func mode(_ flags: Header.Flags) -> UInt8 {
    (flags.contains(.recursionDesired) ? 1 : 0) | (flags.contains(.checkingDisabled) ? 2 : 0)
  }

  /// The key of "this name does not exist", which holds for every type (RFC 2308 §5). No record has type 0.
  var ofName: ForwardKey {
    var octets = octets
    octets[octets.count - 3] = 0
    octets[octets.count - 2] = 0
    return ForwardKey(octets: octets)
  }
}
