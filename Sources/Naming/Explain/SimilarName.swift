// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Finds the name that another was meant to be, among those that somebody gave as they liked.
enum SimilarName {
  /// Of two names that are both shorter, one letter is too much of them to be a slip: `sa`, `ss`.
  private static let minimumLength = 4

  /// The nearest of `candidates`: few letters differ, or in short names two have changed places.
  static func nearest(to name: String, among candidates: [String]) -> String? {
    SpellingDistance.nearest(
      to: name,
      among: candidates.filter { max(name.count, $0.count) >= minimumLength || name.sorted() == $0.sorted() })
  }
}
