// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Finds the objects of a list in protobuf while its octets come: `k8s\0`, then `runtime.Unknown`, whose second field
/// is the list, whose first field is its metadata and whose second is each of its objects.
struct ProtobufListSplitter: Sendable {
  private enum State {
    case magic
    /// Between fields of the envelope.
    case envelope
    /// Between fields of the list, of which so many octets are to come.
    case list(UInt64)
    /// In a field that is not read, of which so many octets are to come, and of the list so many.
    case skip(UInt64, list: UInt64?)
  }

  private var state = State.magic
  private var hasList = false
  let limits: DecodingLimits

  init(_ limits: DecodingLimits) { self.limits = limits }

  /// The next piece that is whole; `nil` until more octets are there. The caller reads it before it asks again.
  mutating func next(_ window: inout OctetWindow) throws(DecodingProblem) -> ListPiece? {
    while true {
      switch state {
      case .magic:
        guard window.count >= ProtobufDecoder.magic.count else { return nil }
        let range = window.start..<(window.start + ProtobufDecoder.magic.count)
        guard window.octets.span.holds(ProtobufDecoder.magic, range) else {
          throw DecodingProblem("the prefix \"k8s\\0\" is missing")
        }
        window.consume(range.count)
        state = .envelope
      case .envelope:
        guard let head = try FieldHead(window) else { return nil }
        window.consume(head.length)
        if head.number == 2, head.isMessage {
          guard !hasList else { throw DecodingProblem("two lists in one answer") }
          hasList = true
          state = .list(head.content)
        } else if head.number == 3, head.content > 0 {
          throw DecodingProblem("a list with a content encoding")
        } else {
          state = .skip(head.content, list: nil)
        }
      case .list(0): state = .envelope
      case .list(let left):
        guard let head = try FieldHead(window) else { return nil }
        let whole = UInt64(head.length) + head.content
        guard whole <= left else { throw DecodingProblem("a field beyond the list's end") }
        guard head.isMessage, head.number <= 2 else {
          window.consume(head.length)
          state = .skip(head.content, list: left - UInt64(head.length))
          continue
        }
        let limit = head.number == 1 ? limits.metadata : limits.object
        guard head.content <= UInt64(limit) else {
          throw DecodingProblem("an object of \(head.content) octets; \(limit) are allowed")
        }
        guard UInt64(window.count) >= whole else { return nil }
        let start = window.start + head.length
        let range = start..<(start + Int(head.content))
        window.consume(Int(whole))
        state = .list(left - whole)
        return head.number == 1 ? .metadata(range) : .item(range)
      case .skip(let left, let list):
        let here = min(left, UInt64(window.count))
        window.consume(Int(here))
        guard here == left else {
          state = .skip(left - here, list: list.map { $0 - here })
          return nil
        }
        state = list.map { .list($0 - here) } ?? .envelope
      }
    }
  }

  /// Whether the answer may end here.
  func isWhole(_ window: OctetWindow) -> Bool {
    if case .envelope = state { return hasList && window.count == 0 }
    if case .list(0) = state { return window.count == 0 }
    return false
  }
}

/// The beginning of a field: its number, and how many octets its content has.
private struct FieldHead {
  var number: Int
  /// Its content is a message or a text.
  var isMessage: Bool
  /// Octets of the head.
  var length: Int
  /// Octets behind the head.
  var content: UInt64

  /// `nil` where the head is not whole.
  init?(_ window: OctetWindow) throws(DecodingProblem) {
    let octets = window.octets.span.extracting(window.range)
    guard let (tag, tagLength) = try ProtobufForm.varint(octets) else { return nil }
    number = try ProtobufForm.number(ofTag: tag)
    isMessage = tag & 7 == 2
    length = tagLength
    content = 0
    switch tag & 7 {
    case 0, 2:
      guard let (value, valueLength) = try ProtobufForm.varint(octets.extracting(tagLength..<octets.count)) else {
        return nil
      }
      length += valueLength
      if isMessage { content = value }
      guard content <= UInt64(Int.max) else { throw DecodingProblem("a field of \(content) octets") }
    case 1: content = 8
    case 5: content = 4
    default: throw DecodingProblem("an unknown wire type")
    }
  }
}
