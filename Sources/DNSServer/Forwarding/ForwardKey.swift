// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What makes two forwarded questions the same one: name without regard to case, type, how the upstream is to work, and
/// who is asked.
struct ForwardKey: Hashable, Sendable {
  /// The name's wire format in lower case, the type, and the mode.
  let octets: [UInt8]
  /// That of the plan by which it is asked: what other upstreams have said is no answer.
  let generation: UInt32

  /// How the upstream is to work, and what the key stands for.
  private struct Mode: OptionSet {
    let rawValue: UInt8
    static let recursionDesired = Mode(rawValue: 1)
    static let checkingDisabled = Mode(rawValue: 2)
    static let isFallback = Mode(rawValue: 4)
    /// Of all types: no question has it.
    static let isOfName = Mode(rawValue: 0x80)
  }

  /// - Parameters:
  ///   - flags: of which RD and CD count: they are passed on, and change what comes back.
  ///   - isFallback: others are asked than for the same question otherwise.
  init(_ question: Question, _ flags: Header.Flags, isFallback: Bool = false, generation: UInt32 = 0) {
    var mode: Mode = isFallback ? .isFallback : []
    if flags.contains(.recursionDesired) { mode.insert(.recursionDesired) }
    if flags.contains(.checkingDisabled) { mode.insert(.checkingDisabled) }
    var octets: [UInt8] = []
    octets.reserveCapacity(question.name.wire.count + 3)
    for octet in question.name.wire { octets.append(octet.asciiLowercased) }
    octets.append(UInt8(truncatingIfNeeded: question.type.rawValue >> 8))
    octets.append(UInt8(truncatingIfNeeded: question.type.rawValue))
    octets.append(mode.rawValue)
    self.init(octets: octets, generation: generation)
  }

  private init(octets: [UInt8], generation: UInt32) {
    self.octets = octets
    self.generation = generation
  }

  /// The key of "this name does not exist", which holds for every type (RFC 2308 §5).
  var ofName: ForwardKey {
    var octets = octets
    octets[octets.count - 3] = 0
    octets[octets.count - 2] = 0
    octets[octets.count - 1] |= Mode.isOfName.rawValue
    return ForwardKey(octets: octets, generation: generation)
  }
}
