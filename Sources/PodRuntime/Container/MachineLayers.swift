// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Which of the machine's directories become overlays of their own in a container.
///
/// A directory that has other file systems mounted below it cannot be one overlay: an overlay does not show them, and
/// in a user namespace the kernel refuses it. Such a directory is made anew, from the directories in it.
struct MachineLayers {
  enum Piece: Hashable {
    case overlay(String)
    /// Made anew; empty but for the pieces below it.
    case directory(String)
    case link(String)
  }

  /// Directories with mounts below them are taken apart to this depth (`/var/lib/docker` is at 3, and stays empty).
  private static let maximumDepth = 2
  /// What an overlay can lie over.
  private static let layerable: Set<String> = [
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "tmpfs", "xfs", "zfs",
  ]

  /// File system types by mount point.
  private let mounts: [String: String]
  private let entries: (String) -> [(name: String, kind: Files.Kind)]

  /// - Parameters:
  ///   - mountInfo: the text of `/proc/self/mountinfo` (proc(5)).
  ///   - entries: the names in a directory, and what they are.
  init(mountInfo: String, entries: @escaping (String) -> [(name: String, kind: Files.Kind)]) {
    var mounts: [String: String] = [:]
    for line in mountInfo.split(separator: "\n") {
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"), dash + 1 < fields.count else { continue }
      // A blank in a path is written `\040`.
      mounts[fields[4].replacing("\\040", with: " ")] = fields[dash + 1]
    }
    self.mounts = mounts
    self.entries = entries
  }

  /// The machine as it is.
  static var current: MachineLayers {
    MachineLayers(mountInfo: (try? Files.readText("/proc/self/mountinfo")) ?? "") { path in
      ((try? Files.list(path)) ?? []).compactMap { name in Files.kind(path + "/" + name).map { (name, $0) } }
    }
  }

  /// How a directory of the machine comes into a container; directories before what is in them.
  func pieces(of path: String) -> [Piece] {
    if let type = mounts[path], !Self.layerable.contains(type) { return [.directory(path)] }
    guard mounts.keys.contains(where: { $0.hasPrefix(path + "/") }) else { return [.overlay(path)] }
    var pieces: [Piece] = [.directory(path)]
    guard path.split(separator: "/").count <= Self.maximumDepth else { return pieces }
    for (name, kind) in entries(path) {
      switch kind {
      case .directory: pieces += self.pieces(of: path + "/" + name)
      case .symlink: pieces.append(.link(path + "/" + name))
      case .file, .other: break
      }
    }
    return pieces
  }
}
