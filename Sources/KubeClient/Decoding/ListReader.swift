// SPDX-License-Identifier: Apache-2.0
import KubeModel
package import NIOCore

/// The form of an answer, by its media type.
package enum AnswerForm: Hashable, Sendable {
  case protobuf
  case json

  package static let protobufType = ProtobufDecoder.mediaType
  package static let jsonType = "application/json"

  /// `nil` for a type that no API server sends.
  /// - Parameter contentType: with its parameters.
  package init?(contentType: String) {
    var type = contentType.prefix { $0 != ";" }.lowercased()
    while type.last == " " { type.removeLast() }
    switch type {
    case Self.protobufType: self = .protobuf
    case Self.jsonType: self = .json
    default: return nil
    }
  }
}

/// What a page of a list says of the list.
package struct ListEnd: Hashable, Sendable {
  package var version: UInt64 = 0
  /// What the next page is asked for with; empty at the list's end.
  package var continueToken = ""

  package init() {}
}

/// Reads a list, or a page of one, object by object as its octets come.
package struct ListReader: Sendable {
  private enum Splitter {
    case protobuf(ProtobufListSplitter)
    case json(JSONListSplitter)
  }

  private var splitter: Splitter
  private var window = OctetWindow()
  private let kind: FollowedKind
  /// What is known of the list by now.
  private var end: ListEnd?

  package init(_ kind: FollowedKind, _ form: AnswerForm, limits: DecodingLimits = DecodingLimits()) {
    self.kind = kind
    splitter =
      switch form {
      case .protobuf: .protobuf(ProtobufListSplitter(limits))
      case .json: .json(JSONListSplitter(limits))
      }
  }

  /// Takes octets, and gives each object that is whole by then.
  package mutating func read(
    _ buffer: ByteBuffer, _ take: (ObjectFacts) -> Void
  ) throws(DecodingProblem) {
    window.append(buffer)
    switch splitter {
    case .protobuf(var splitter):
      while let piece = try splitter.next(&window) { try read(piece, as: ProtobufForm.self, take) }
      self.splitter = .protobuf(splitter)
    case .json(var splitter):
      while let piece = try splitter.next(&window) { try read(piece, as: JSONForm.self, take) }
      self.splitter = .json(splitter)
    }
  }

  private mutating func read<Form: WireForm>(
    _ piece: ListPiece, as form: Form.Type, _ take: (ObjectFacts) -> Void
  ) throws(DecodingProblem) {
    switch piece {
    case .item(let range):
      take(try FactsReader<Form>.object(kind, range, window.octets.span))
    case .metadata(let range):
      end = try Self.end(as: form, range, window.octets.span)
    }
  }

  private static func end<Form: WireForm>(
    as form: Form.Type, _ range: Range<Int>, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> ListEnd {
    var end = ListEnd()
    var cursor = try Form.open(range, octets)
    while let (place, value) = try Form.next(&cursor, octets, ReadFields.listMetadata) {
      if place == 0 {
        end.version = try FactsReader<Form>.version(value, octets)
      } else {
        end.continueToken = try Form.text(value, octets)
      }
    }
    return end
  }

  /// What the answer said of the list, when its octets have ended.
  /// - Throws: where they ended too early.
  package func finish() throws(DecodingProblem) -> ListEnd {
    let isWhole =
      switch splitter {
      case .protobuf(let splitter): splitter.isWhole(window)
      case .json(let splitter): splitter.isWhole
      }
    guard isWhole else { throw DecodingProblem("the list ends too early") }
    guard let end, end.version > 0 else { throw DecodingProblem("the list has no version") }
    return end
  }
}
