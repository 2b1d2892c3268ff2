// SPDX-License-Identifier: Apache-2.0

/// Makes inputs out of seeds. The same seed makes the same inputs, so a failing run can be had again.
package struct Mutator: RandomNumberGenerator, Sendable {
  /// Octets of an input at most.
  package static let sizeLimit = 4096
  /// Changes made to one input at most.
  static let changeLimit = 6
  /// Octets at which readers go wrong: ends of ranges, pointers, length octets that are too large, OPT.
  static let telling: [UInt8] = [0, 1, 12, 28, 33, 41, 63, 64, 65, 127, 128, 191, 192, 193, 249, 250, 251, 252, 255]

  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// SplitMix64.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  /// A number below `limit`, which is above 0.
  package mutating func below(_ limit: Int) -> Int { Int(truncatingIfNeeded: next() >> 33) % limit }

  /// One of `seeds` with some changes.
  /// - Parameter keeping: octets at the start that stay as they are.
  package mutating func mutated(_ seeds: [[UInt8]], keeping: Int = 0) -> [UInt8] {
    var input = seeds[below(seeds.count)]
    for _ in 0...below(Self.changeLimit) where input.count > keeping {
      change(&input, seeds, from: keeping)
    }
    if input.count > Self.sizeLimit { input.removeLast(input.count - Self.sizeLimit) }
    return input
  }

  private mutating func change(_ input: inout [UInt8], _ seeds: [[UInt8]], from start: Int) {
    let place = start + below(input.count - start)
    let count = 1 + below(min(16, input.count - place))
    switch below(9) {
    case 0: input[place] ^= 1 << UInt8(below(8))
    case 1: input[place] = UInt8(below(256))
    case 2, 3: input[place] = Self.telling[below(Self.telling.count)]
    case 4: input.removeSubrange(place..<(place + count))
    case 5: input.removeLast(input.count - place)
    case 6: input.insert(contentsOf: input[place..<(place + count)], at: place)
    case 7: input.insert(contentsOf: (0..<count).map { _ in UInt8(below(256)) }, at: place)
    default:
      // The end of another one: records behind a question that they were not made for.
      let other = seeds[below(seeds.count)]
      if other.count > start { input[place...] = other[(start + below(other.count - start))...] }
    }
  }
}
