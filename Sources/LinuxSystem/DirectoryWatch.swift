// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// Tells of files in a directory that were written, moved in or out, or deleted (inotify(7)).
package struct DirectoryWatch: Sendable {
  private let descriptor: Descriptor

  /// - Parameter tellsOfNew: whether also of what was made and has nothing in it yet: folders, links.
  package init(_ path: String, tellsOfNew: Bool = false) throws(SystemError) {
    let number = unsafe callsign_watch_directory(path, tellsOfNew ? 1 : 0)
    descriptor = Descriptor(owning: try checked(number, "watch \(path)"))
  }

  /// Returns after something changed; false where the task was cancelled first. Which files they are is for the caller
  /// to look up: so a change that the kernel could not report by name is not lost.
  package func change() async throws(SystemError) -> Bool {
    guard try await Poller.shared.wait(for: .readable, of: descriptor) else { return false }
    while true {
      do {
        _ = try descriptor.read(upTo: 16_384)
      } catch {
        if error.isTryAgain { return true }
        throw error
      }
    }
  }
}
