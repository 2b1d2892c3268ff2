// SPDX-License-Identifier: Apache-2.0

/// Octets that decide one choice after the other. When they are used up, every choice is the first.
struct ByteChoices {
  private var rest: ArraySlice<UInt8>

  init(_ octets: [UInt8]) { rest = octets[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// A number below `limit`, which is from 1 to 256.
  mutating func below(_ limit: Int) -> Int { Int(rest.popFirst() ?? 0) % limit }

  mutating func one<Element>(of elements: [Element]) -> Element { elements[below(elements.count)] }
}
