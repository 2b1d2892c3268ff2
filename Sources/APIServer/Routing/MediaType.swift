// SPDX-License-Identifier: Apache-2.0

/// A media type with its parameters (RFC 9110 §8.3.1), as in `Content-Type` and `Accept`.
struct MediaType: Sendable, Equatable {
  /// `application/json`, in lower case.
  var name: String
  /// Names in lower case.
  var parameters: [String: String] = [:]

  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ";", omittingEmptySubsequences: true).map { Self.trim($0) }
    guard let first = parts.first, first.contains("/") || first == "*" else { return nil }
    name = first.lowercased()
    for part in parts.dropFirst() {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { continue }
      var value = Self.trim(pair[1])
      if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = String(value.dropFirst().dropLast()) }
      parameters[Self.trim(pair[0]).lowercased()] = value
    }
  }

  /// The weight of an `Accept` entry (RFC 9110 §12.4.2), 0 to 1.
  var quality: Double { parameters["q"].flatMap { Double($0) } ?? 1 }

  /// The entries of an `Accept` header, the wanted first; those of equal weight keep their order.
  static func accepted(_ header: String) -> [MediaType] {
    let all = header.split(separator: ",").compactMap { MediaType($0) }.filter { $0.quality > 0 }
    return all.enumerated()
      .sorted { ($0.element.quality, $1.offset) > ($1.element.quality, $0.offset) }
      .map(\.element)
  }

  private static func trim(_ text: some StringProtocol) -> String {
    var text = text[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
