// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// How far labels are from what the selector of a Service asks for.
struct SelectorMatch: Sendable {
  struct Difference: Hashable, Sendable {
    var key: String
    var wanted: String
    /// Nil: there is no such label.
    var found: String?

    /// `has app=web`, `has no label app`
    var what: String { found.map { "has \(key)=\($0)" } ?? "has no label \(key)" }
  }

  /// In order of keys.
  let differences: [Difference]
  /// Labels that are as they are asked for.
  let agreements: Int

  init(_ selector: LabelSelector, _ labels: [String: String]) {
    var differences: [Difference] = []
    var agreements = 0
    for case .equals(let key, let value) in selector.requirements {
      if labels[key] == value {
        agreements += 1
      } else {
        differences.append(Difference(key: key, wanted: value, found: labels[key]))
      }
    }
    self.differences = differences
    self.agreements = agreements
  }

  /// Whether labels and selector have a key in common: without one, they have nothing to do with each other.
  private var isRelated: Bool { agreements > 0 || differences.contains { $0.found != nil } }

  /// Whether they may well be meant for each other: some labels agree, or all values are nearly the same.
  var isNear: Bool {
    agreements > 0
      || differences.allSatisfy { difference in
        difference.found.map { SimilarName.nearest(to: $0, among: [difference.wanted]) != nil } ?? false
      }
  }

  /// Fewest differences first; then fewest labels missing; then the nearest spelling.
  private var rank: (Int, Int, Int) {
    let spelling = differences.reduce(0) { $0 + SpellingDistance.distance($1.wanted, $1.found ?? "") }
    return (differences.count, differences.count { $0.found == nil }, spelling)
  }

  /// The one of `candidates` that the selector is nearest to; the first of several. Nil where none is related.
  static func nearest(
    _ selector: LabelSelector, _ candidates: [(object: KubeObject, labels: [String: String])]
  ) -> (object: KubeObject, match: SelectorMatch)? {
    candidates.map { (object: $0.object, match: SelectorMatch(selector, $0.labels)) }
      .filter { $0.match.isRelated }
      .min { $0.match.rank < $1.match.rank }
  }
}
