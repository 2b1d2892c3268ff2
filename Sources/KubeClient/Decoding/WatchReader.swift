// SPDX-License-Identifier: Apache-2.0
package import NIOCore

/// What a watch tells.
package enum WatchEvent: Hashable, Sendable {
  /// The object is new, or has changed.
  case updated(ObjectFacts)
  case deleted(ObjectFacts)
  /// Everything up to this version has been told.
  case bookmark(version: UInt64, endsInitial: Bool)
  /// The watch cannot go on.
  case error(ServerStatus)
}

/// Reads the events of a watch as its octets come. In protobuf each has its length in front, four octets in network
/// order; in JSON each is a line.
package struct WatchReader: Sendable {
  private static let lengthSize = 4

  private var window = OctetWindow()
  /// Octets of the window in which there is no end of a line; JSON only.
  private var scanned = 0
  private let kind: FollowedKind
  private let form: AnswerForm
  private let limits: DecodingLimits

  package init(_ kind: FollowedKind, _ form: AnswerForm, limits: DecodingLimits = DecodingLimits()) {
    self.kind = kind
    self.form = form
    self.limits = limits
  }

  /// Whether no event is in the middle.
  package var isBetweenEvents: Bool { window.count == 0 }

  /// Takes octets, and gives each event that is whole by then.
  package mutating func read(_ buffer: ByteBuffer, _ take: (WatchEvent) -> Void) throws(DecodingProblem) {
    window.append(buffer)
    switch form {
    case .protobuf:
      while let range = try nextFrame() {
        take(try event(as: ProtobufForm.self, range))
        window.consume(range.count)
      }
    case .json:
      while let range = try nextLine() {
        if !range.isEmpty { take(try event(as: JSONForm.self, range)) }
        window.consume(range.count + 1)
      }
    }
  }

  private mutating func nextFrame() throws(DecodingProblem) -> Range<Int>? {
    guard window.count >= Self.lengthSize else { return nil }
    let length = window.octets[window.start..<(window.start + Self.lengthSize)].reduce(0) { $0 << 8 | Int($1) }
    guard length <= limits.object else {
      throw DecodingProblem("an event of \(length) octets; \(limits.object) are allowed")
    }
    guard window.count >= Self.lengthSize + length else { return nil }
    window.consume(Self.lengthSize)
    return window.start..<(window.start + length)
  }

  private mutating func nextLine() throws(DecodingProblem) -> Range<Int>? {
    let start = window.start
    guard let end = window.octets[(start + scanned)...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = window.count
      guard scanned <= limits.object else {
        throw DecodingProblem("an event of more than \(limits.object) octets")
      }
      return nil
    }
    scanned = 0
    return start..<end
  }

  private func event<Form: WireForm>(
    as form: Form.Type, _ range: Range<Int>
  ) throws(DecodingProblem) -> WatchEvent {
    let octets = window.octets.span
    var type = ""
    var object: Range<Int>?
    var cursor = try Form.open(range, octets)
    while let (place, value) = try Form.next(&cursor, octets, ReadFields.event) {
      if place == 0 { type = try Form.text(value, octets) } else { object = try Form.unwrap(value, octets) }
    }
    guard let object else { throw DecodingProblem("an event without an object") }
    switch type {
    case "ADDED", "MODIFIED": return .updated(try FactsReader<Form>.object(kind, object, octets))
    case "DELETED": return .deleted(try FactsReader<Form>.object(kind, object, octets))
    case "BOOKMARK":
      let metadata = try FactsReader<Form>.metadata(ofObject: object, octets, readsMaps: true)
      guard metadata.version > 0 else { throw DecodingProblem("a bookmark without a version") }
      return .bookmark(version: metadata.version, endsInitial: metadata.endsInitial)
    case "ERROR": return .error(try ServerStatus.read(as: Form.self, object, octets))
    default: throw DecodingProblem("an event of type \"\(type.line(of: DecodingProblem.shown))\"")
    }
  }
}
