// SPDX-License-Identifier: Apache-2.0
import Glibc
import LinuxSystem

/// A part of a volume that a container gets at one of its mounts (`subPath`).
///
/// Containers can put links into their volumes, and exchange what is there at any moment; followed with the rights of
/// this program they would lead anywhere. So the part is opened without following links, and what was opened is mounted
/// at a place that no container reaches; the container's own mount is made from there.
struct VolumePart: Sendable, Hashable {
  /// The mode of directories that are made on the way: every user of the pod may write.
  static let mode: UInt32 = 0o777

  /// The directory of the volume.
  var volume: String
  /// From there: without `..`, not from the root.
  var path: String
  /// Whether directories that are missing are made.
  var isMade: Bool
  /// Where it is mounted, in the node agent's namespaces.
  var place: String

  /// As arguments of ``VolumePartProcess``.
  var arguments: [String] { [volume, path, isMade ? "make" : "find", place] }

  init(volume: String, path: String, isMade: Bool, place: String) {
    self.volume = volume
    self.path = path
    self.isMade = isMade
    self.place = place
  }

  init(arguments: ArraySlice<String>) {
    let words = Array(arguments)
    self.init(volume: words[0], path: words[1], isMade: words[2] == "make", place: words[3])
  }

  /// What is there, whatever its name comes to stand for.
  func open() throws(SystemError) -> Descriptor {
    var current = try Descriptor.directory(volume)
    for name in path.split(separator: "/").map(String.init) where name != "." {
      do {
        current = try current.place(name)
        continue
      } catch {
        guard error.isNotFound, isMade else { throw error }
      }
      do { try current.makeDirectory(name, mode: Self.mode) } catch where error.isExisting {}
      current = try current.place(name)
    }
    return current
  }

  /// Mounts the part at its place, over what an earlier run of the container has had there.
  func mount() throws(SystemError) {
    let source = try open()
    if Files.kind(place) != nil {
      try? Namespaces.unmount(place)
      try Files.removeEmpty(place)
    }
    if Files.isDirectory(source.path) == true {
      try Files.makeDirectory(place)
    } else {
      try Files.write([], to: place)
    }
    try Namespaces.bind(source.path, at: place)
  }

  /// What to tell people.
  func explanation(of error: SystemError) -> String {
    if error.leadsAway {
      return "volumeMounts: the subPath \"\(path)\" leads over a link, or out of the volume"
    }
    if error.isNotFound { return "volumeMounts: the volume has no \"\(path)\", which a subPath names" }
    return "volumeMounts: the subPath \"\(path)\": \(error.reason)"
  }
}

/// The process that mounts parts of volumes, in the node agent's namespaces.
enum VolumePartProcess {
  /// The hidden subcommand.
  static let subcommand = "volume-parts"

  /// - Parameter arguments: those of each ``VolumePart``, one after the other.
  static func main(_ arguments: [String]) -> Int32 {
    // What is made has the mode that it is given.
    umask(0)
    for start in stride(from: 0, to: arguments.count - 3, by: 4) {
      let part = VolumePart(arguments: arguments[start..<(start + 4)])
      do {
        try part.mount()
      } catch {
        try? Descriptor.standardOutput.write(Array("\(part.explanation(of: error))\n".utf8))
        return 1
      }
    }
    return 0
  }
}
