// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The image `host`: the machine's own files, with a private layer over them for each container.
///
/// A container's root is put together from single directories: the system's (`/usr`, `/etc`, …) are overlays whose
/// upper layer is the container's own, all others begin empty. An overlay of the whole root would be simpler, but the
/// kernel refuses it in a user namespace; so every user gets the same.
package enum HostImage {
  package static let name = "host"

  /// Top-level directories that containers see, as far as the machine has them.
  static let layered: Set<String> = [
    "usr", "etc", "var", "opt", "srv", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "nix", "gnu",
  ]
  /// Directories that begin empty, and their modes.
  static let empty: [String: UInt32] = [
    "proc": 0o555, "sys": 0o555, "dev": 0o755, "run": 0o755, "tmp": 0o1777, "mnt": 0o755, "media": 0o755,
    "home": 0o755, "root": 0o700,
  ]
  /// Directories whose entry in the upper layer is made beforehand. In a user namespace the machine's root is a
  /// stranger, and the kernel cannot copy his directories up when something is written into them.
  private static let prepared = ["/var/lib", "/var/log", "/var/cache", "/var/tmp", "/var/spool"]

  /// Makes the files of a container.
  /// - Parameters:
  ///   - directory: the container's own, which is there.
  ///   - mountPoints: paths in the container at which volumes will be.
  /// - Returns: the overlays to mount.
  static func unpack(into directory: String, mountPoints: [String]) throws(SystemError) -> [OCIMount] {
    let root = directory + "/rootfs"
    try Files.makeDirectory(root, mode: 0o755)
    for (name, mode) in empty { try Files.makeDirectory("\(root)/\(name)", mode: mode) }
    var overlays: [OCIMount] = []
    let layers = MachineLayers.current
    for name in try Files.list("/") where layered.contains(name) {
      switch Files.kind("/" + name) {
      case .symlink: try Files.makeSymlink("\(root)/\(name)", to: Files.symlinkTarget("/" + name))
      case .directory:
        for piece in layers.pieces(of: "/" + name) { try make(piece, in: directory, &overlays) }
      case .file, .other, nil: break
      }
    }
    for path in prepared where Files.kind(path) == .directory { try raise(path, in: directory + "/upper") }
    for path in mountPoints { try raise(path, in: directory + "/upper") }
    return overlays
  }

  private static func make(
    _ piece: MachineLayers.Piece, in directory: String, _ overlays: inout [OCIMount]
  ) throws(SystemError) {
    switch piece {
    case .overlay(let path):
      for part in ["rootfs", "upper", "work"] {
        try Files.makeDirectory("\(directory)/\(part)\(path)", mode: 0o755)
      }
      overlays.append(OCIMount(overlay: path, in: directory))
    case .directory(let path): try Files.makeDirectory("\(directory)/rootfs\(path)", mode: Files.mode(path) ?? 0o755)
    case .link(let path): try Files.makeSymlink("\(directory)/rootfs\(path)", to: Files.symlinkTarget(path))
    }
  }

  /// Makes a directory in the upper layer, with those above it, so that it appears in the overlay.
  private static func raise(_ path: String, in upper: String) throws(SystemError) {
    let parts = path.split(separator: "/").map(String.init)
    guard let first = parts.first, layered.contains(first), !parts.contains("..") else { return }
    var current = ""
    for part in parts {
      current += "/" + part
      switch Files.kind(current) {
      case .directory: break
      // Behind a link the place is another one; a file is a mount point as it is.
      case .symlink, .file, .other: return
      case nil: break
      }
      let mode = Files.mode(current) ?? 0o755
      try Files.makeDirectory(upper + current, mode: mode)
    }
  }
}

extension OCIMount {
  fileprivate init(overlay path: String, in directory: String) {
    self.init(
      destination: path, type: "overlay", source: "overlay",
      options: OverlayCheck.layers(over: path, upper: "\(directory)/upper\(path)", work: "\(directory)/work\(path)"))
  }
}
