// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The fields of one message that are read; all others are skipped where they stand.
///
/// Names are those of JSON, numbers those of protobuf. Readers give fields by their place in the list.
struct MessageFields: Sendable {
  enum Shape: Sendable {
    case single
    /// Each element counts as an occurrence of the field.
    case list
    /// Each entry counts as an occurrence, with its key.
    case map
  }

  struct Entry: Sendable {
    var name: [UInt8]
    var number: Int
    var shape: Shape
  }

  let entries: [Entry]
  /// The place of a field by its number; -1 where it is not read.
  private let places: [Int8]

  init(_ fields: [(name: String, number: Int, shape: Shape)]) {
    precondition(fields.count <= Int(Int8.max))
    entries = fields.map { Entry(name: Array($0.name.utf8), number: $0.number, shape: $0.shape) }
    var places = [Int8](repeating: -1, count: (entries.map(\.number).max() ?? 0) + 1)
    for (place, entry) in entries.enumerated() { places[entry.number] = Int8(place) }
    self.places = places
  }

  /// Fields of a type, which has to have them: their numbers stand in its table.
  init(_ type: ObjectType, _ names: String...) {
    self.init(
      names.map { name in
        guard let field = type.field(named: name) else { preconditionFailure("\(type.openAPIName) has no \(name)") }
        let shape: Shape =
          switch field.type {
          case .list: .list
          case .map: .map
          default: .single
          }
        return (name, field.number, shape)
      })
  }

  @inline(__always)
  func place(ofNumber number: Int) -> Int? {
    guard number < places.count else { return nil }
    let place = places[number]
    return place < 0 ? nil : Int(place)
  }

  func place(ofName range: Range<Int>, in octets: Span<UInt8>) -> Int? {
    entries.firstIndex { octets.holds($0.name, range) }
  }
}

extension Span<UInt8> {
  /// Whether the octets in `range` are these.
  @inline(__always)
  func holds(_ other: [UInt8], _ range: Range<Int>) -> Bool {
    guard range.count == other.count else { return false }
    for index in 0..<other.count where self[range.lowerBound + index] != other[index] { return false }
    return true
  }
}
