// SPDX-License-Identifier: Apache-2.0

/// Why octets are not a message of the expected type.
package struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
  package var path: FieldPath
  package var problem: String

  package init(_ path: FieldPath, _ problem: String) {
    self.path = path
    self.problem = problem
  }

  package var description: String {
    let place = path.description
    return place.isEmpty ? "invalid protobuf: \(problem)" : "invalid protobuf at \(place): \(problem)"
  }
}

/// Reads the fields of one protobuf message, one after the other.
///
/// Source: "Encoding" of the Protocol Buffers documentation.
struct ProtobufReader {
  /// A field's value as it stands on the wire.
  enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case octets(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ octets: ArraySlice<UInt8>) {
    rest = octets
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next field's number and value; nil at the end of the message.
  mutating func next() throws(WireProblem) -> (number: Int, value: Value)? {
    if rest.isEmpty { return nil }
    let tag = try varint()
    guard let number = Int(exactly: tag >> 3), number > 0, number < 1 << 29 else {
      throw WireProblem("a bad field number")
    }
    switch tag & 7 {
    case 0: return (number, .varint(try varint()))
    case 1: return (number, .fixed64(try fixed(8)))
    case 2:
      let count = try varint()
      guard count <= UInt64(rest.count) else { throw WireProblem("a length beyond the end of the message") }
      defer { rest = rest.dropFirst(Int(count)) }
      return (number, .octets(rest.prefix(Int(count))))
    case 5: return (number, .fixed32(UInt32(try fixed(4))))
    default: throw WireProblem("an unknown wire type")
    }
  }

  mutating func varint() throws(WireProblem) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0 as UInt64, to: 70, by: 7) {
      guard let octet = rest.popFirst() else { throw WireProblem("the message ends inside a number") }
      if shift == 63, octet > 1 { break }
      value |= UInt64(octet & 0x7F) << shift
      if octet < 0x80 { return value }
    }
    throw WireProblem("a number of more than 64 bits")
  }

  private mutating func fixed(_ count: Int) throws(WireProblem) -> UInt64 {
    guard rest.count >= count else { throw WireProblem("the message ends inside a number") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// What is wrong on the wire; where is known to the caller.
struct WireProblem: Error {
  var text: String

  init(_ text: String) {
    self.text = text
  }
}
