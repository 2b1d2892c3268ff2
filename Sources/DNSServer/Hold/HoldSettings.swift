// SPDX-License-Identifier: Apache-2.0

/// How long questions wait for names that are about to exist.
package struct HoldSettings: Sendable, Hashable {
  /// Milliseconds that a question waits at most; 0: none does.
  package var milliseconds: Int64 = 0
  /// Questions that may wait at one time; further ones are answered at once.
  package var maximumQuestions = 1000

  package init() {}

  /// Resolvers ask again after 5 seconds, and some after 2.
  package static let times: ClosedRange<Int64> = 0...5000
  package static let questionCounts = 1...100_000
}
