// SPDX-License-Identifier: Apache-2.0

/// SipHash-2-4 (Aumasson and Bernstein), fed eight octets at a time: a short keyed hash that outsiders cannot foresee.
struct SipHash {
  private var v0: UInt64
  private var v1: UInt64
  private var v2: UInt64
  private var v3: UInt64

  init(key: SipHashKey) {
    v0 = key.first ^ 0x736F_6D65_7073_6575
    v1 = key.second ^ 0x646F_7261_6E64_6F6D
    v2 = key.first ^ 0x6C79_6765_6E65_7261
    v3 = key.second ^ 0x7465_6462_7974_6573
  }

  /// Takes eight octets, the first of them lowest.
  mutating func append(_ word: UInt64) {
    v3 ^= word
    round()
    round()
    v0 ^= word
  }

  /// Takes the octets that are left, at most seven, and gives the hash.
  /// - Parameter length: octets of the whole input.
  mutating func finish(_ rest: UInt64 = 0, length: Int) -> UInt64 {
    append(rest | UInt64(length & 0xFF) << 56)
    v2 ^= 0xFF
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }

  private mutating func round() {
    v0 = v0 &+ v1
    v1 = (v1 << 13 | v1 >> 51) ^ v0
    v0 = v0 << 32 | v0 >> 32
    v2 = v2 &+ v3
    v3 = (v3 << 16 | v3 >> 48) ^ v2
    v0 = v0 &+ v3
    v3 = (v3 << 21 | v3 >> 43) ^ v0
    v2 = v2 &+ v1
    v1 = (v1 << 17 | v1 >> 47) ^ v2
    v2 = v2 << 32 | v2 >> 32
  }
}

/// Sixteen secret octets.
struct SipHashKey: Hashable, Sendable {
  /// The first eight octets, the first of them lowest.
  let first: UInt64
  let second: UInt64

  init(first: UInt64, second: UInt64) {
    self.first = first
    self.second = second
  }

  static func random() -> SipHashKey {
    var generator = SystemRandomNumberGenerator()
    return SipHashKey(first: generator.next(), second: generator.next())
  }
}
