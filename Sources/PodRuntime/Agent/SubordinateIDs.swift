// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The ids that an ordinary user may give to the users of a user namespace (subuid(5)).
package struct SubordinateIDs: Sendable, Hashable {
  /// Ids that a pod's users and groups need, beside 0: up to `nogroup`, 65534, and one more.
  package static let needed: UInt32 = 65_535

  package var start: UInt32
  package var count: UInt32

  package init(start: UInt32, count: UInt32) {
    self.start = start
    self.count = count
  }

  /// The first range in `text` that belongs to the user and is large enough.
  /// - Parameter text: lines `user-name-or-id:start:count`.
  package init?(in text: String, user: UInt32, name: String?) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, fields[0] == String(user) || (name != nil && fields[0] == name!),
        let start = UInt32(fields[1]), let count = UInt32(fields[2]), count >= Self.needed
      else { continue }
      self.init(start: start, count: count)
      return
    }
    return nil
  }

  /// The user's range in `/etc/subuid` or `/etc/subgid`.
  static func ofCurrentUser(file: String) -> SubordinateIDs? {
    guard let text = try? Files.readText(file) else { return nil }
    return SubordinateIDs(in: text, user: ChildProcess.user, name: userName(ChildProcess.user))
  }

  static func userName(_ user: UInt32) -> String? {
    guard let text = try? Files.readText("/etc/passwd") else { return nil }
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
      if fields.count == 4, fields[2] == String(user) { return String(fields[0]) }
    }
    return nil
  }
}
