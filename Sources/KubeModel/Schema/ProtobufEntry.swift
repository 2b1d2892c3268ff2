// SPDX-License-Identifier: Apache-2.0

/// A field as it is written in protobuf: the part of a ``Field`` that the encoder needs.
enum ProtobufEntry: Sendable {
  case field(name: String, number: Int, type: FieldType)
  /// A message whose fields are members of the object around it in JSON.
  case embedded(number: Int, fields: [ProtobufEntry])

  var number: Int {
    switch self {
    case .field(_, let number, _), .embedded(let number, _): number
    }
  }

  /// The numbered fields of a type in order of their numbers, those of an embedded message under the message's.
  static func entries(of fields: [Field]) -> [ProtobufEntry] {
    let numbered = fields.filter { $0.number > 0 }
    let plain = sorted(numbered.filter { $0.embeddingMessage == nil })
    let groups = Dictionary(grouping: numbered.filter { $0.embeddingMessage != nil }) { $0.embeddingMessage ?? 0 }
    let embedded = groups.map { ProtobufEntry.embedded(number: $0.key, fields: sorted($0.value)) }
    return (plain + embedded).sorted { $0.number < $1.number }
  }

  private static func sorted(_ fields: [Field]) -> [ProtobufEntry] {
    fields.map { .field(name: $0.name, number: $0.number, type: $0.type) }.sorted { $0.number < $1.number }
  }
}
