// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The query of a URL: names and values, in which any character may be percent-encoded (RFC 3986 §2.1). One that need
/// not be is the same as the plain one (§6.2.2.2).
enum QueryText {
  /// The first value of a parameter; `nil` where there is none, or it cannot be decoded.
  static func value(of name: String, in query: Substring) -> Substring? {
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard PercentText.decoded(parts[0]) == name else { continue }
      return parts.count == 2 ? PercentText.decoded(parts[1]).map { $0[...] } : nil
    }
    return nil
  }
}
