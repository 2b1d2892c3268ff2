// SPDX-License-Identifier: Apache-2.0

/// Finds the objects of a list in JSON while its octets come: the elements of its member `items`, and its member
/// `metadata`.
struct JSONListSplitter: Sendable {
  private static let items = Array("items".utf8)
  private static let metadata = Array("metadata".utf8)
  /// Octets of a member's name that are kept.
  private static let keyLimit = 16

  /// How far the window has been looked at, counted from its start.
  private var scanned = 0
  private var depth = 0
  private var isInText = false
  private var isEscaped = false
  /// A name is due, not a value; at the list's own level.
  private var isKeyDue = false
  /// The name of the member that is being read, and whether it is still being gathered.
  private var key: [UInt8] = []
  private var isInItems = false
  /// The window begins with a piece.
  private var isInPiece = false
  private var isClosed = false
  let limits: DecodingLimits

  init(_ limits: DecodingLimits) { self.limits = limits }

  /// The next piece that is whole; `nil` until more octets are there. The caller reads it before it asks again.
  mutating func next(_ window: inout OctetWindow) throws(DecodingProblem) -> ListPiece? {
    while scanned < window.count {
      let octet = window.octets[window.start + scanned]
      scanned += 1
      if isInText {
        takeText(octet)
        continue
      }
      switch octet {
      case UInt8(ascii: "\""):
        isInText = true
        if isKeyDue { key.removeAll(keepingCapacity: true) }
      case UInt8(ascii: ":") where depth == 1: isKeyDue = false
      case UInt8(ascii: ",") where depth == 1: isKeyDue = true
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        try open(octet == UInt8(ascii: "{"), &window)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if let piece = try close(&window) { return piece }
      default:
        if depth == 0, !octet.isJSONSpace { throw DecodingProblem("text that is no JSON object") }
      }
    }
    let limit = isInItems ? limits.object : limits.metadata
    if isInPiece {
      guard window.count <= limit else { throw DecodingProblem("an object of more than \(limit) octets") }
    } else {
      window.consume(scanned)
      scanned = 0
    }
    return nil
  }

  private mutating func takeText(_ octet: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if octet == UInt8(ascii: "\\") {
      isEscaped = true
    } else if octet == UInt8(ascii: "\"") {
      isInText = false
      return
    }
    if isKeyDue, key.count < Self.keyLimit { key.append(octet) }
  }

  private mutating func open(_ isObject: Bool, _ window: inout OctetWindow) throws(DecodingProblem) {
    guard depth > 0 || isObject && !isClosed else { throw DecodingProblem("text that is no JSON object") }
    depth += 1
    switch depth {
    case 1: isKeyDue = true
    case 2 where isObject && key == Self.metadata, 3 where isObject && isInItems:
      window.consume(scanned - 1)
      scanned = 1
      isInPiece = true
    case 2 where !isObject && key == Self.items: isInItems = true
    default: break
    }
  }

  private mutating func close(_ window: inout OctetWindow) throws(DecodingProblem) -> ListPiece? {
    guard depth > 0 else { throw DecodingProblem("JSON with a bracket too many") }
    depth -= 1
    if depth == 0 { isClosed = true }
    guard isInPiece, depth == (isInItems ? 2 : 1) else {
      if depth == 1 { isInItems = false }
      return nil
    }
    isInPiece = false
    let range = window.start..<(window.start + scanned)
    window.consume(scanned)
    scanned = 0
    return isInItems ? .item(range) : .metadata(range)
  }

  /// Whether the answer may end here.
  var isWhole: Bool { isClosed && depth == 0 }
}
