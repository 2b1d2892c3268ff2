// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Whether the data directory's file system can hold what containers write over the machine's own files.
enum OverlayCheck {
  /// The kernel keeps its notes in extended attributes that only the machine's root may write, but for this option.
  static var options: [String] { isInUserNamespace || ChildProcess.user != 0 ? ["userxattr"] : [] }

  /// The options of an overlay. Commas end an option and colons a lower directory, but for a backslash before them.
  static func layers(over lower: String, upper: String, work: String) -> [String] {
    func escaped(_ path: String, _ special: Set<Character>) -> String {
      path.reduce(into: "") { $0 += special.contains($1) ? "\\\($1)" : "\($1)" }
    }
    return [
      "lowerdir=" + escaped(lower, ["\\", ",", ":"]), "upperdir=" + escaped(upper, ["\\", ","]),
      "workdir=" + escaped(work, ["\\", ","]),
    ] + options
  }

  /// Mounts an overlay in the data directory and takes it away again.
  static func run(_ paths: RuntimePaths) throws(RuntimeError) {
    let place = paths.run + "/overlay-check"
    defer { try? Files.removeTree(place) }
    do {
      try Files.removeTree(place)
      for name in ["upper", "work", "merged"] { try Files.makeDirectory("\(place)/\(name)") }
      let layers = layers(over: "/usr", upper: place + "/upper", work: place + "/work")
      try Namespaces.mount("overlay", at: place + "/merged", options: layers.joined(separator: ","))
      try Namespaces.unmount(place + "/merged")
    } catch {
      throw RuntimeError(
        .unsupported,
        "the file system of \(paths.dataDirectory) cannot hold the files of containers (\(error.reason)): "
          + "choose another place with --data-dir, on ext4, xfs, btrfs or tmpfs")
    }
  }

  /// Whether user 0 of this process is another user of the machine.
  static let isInUserNamespace: Bool = {
    guard let text = try? Files.readText("/proc/self/uid_map") else { return false }
    return text.split(whereSeparator: \.isWhitespace).map(String.init) != ["0", "0", "4294967295"]
  }()
}
