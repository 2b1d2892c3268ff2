// SPDX-License-Identifier: Apache-2.0
import KubeModel

extension Inquiry {
  /// Whether it is known what there is of a kind: only then is an object that is not found one that is not there. Where
  /// it is not known, the explanation says so.
  /// - Parameter namespace: nil for all, and for kinds without namespaces.
  mutating func knows(_ resource: APIResource, in namespace: String? = nil) -> Bool {
    if objects.reads(resource, in: namespace) { return true }
    let words = objects.unread(resource, in: namespace)
    if !unread.contains(words) { unread.append(words) }
    return false
  }

  /// Says what was needed and not read.
  mutating func addUnread() {
    guard !unread.isEmpty else { return }
    let isReason = (verdict == .nameError || verdict == .serverFailure) && !hasCause
    add(
      Finding(
        .objectsUnread, weight: .note, found: unread.joined(separator: ","),
        "\(unread.listed) were not read, so nothing is said of them"
          + (isReason ? "; the reason may stand there" : "")))
  }
}
