// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Files and directories by path.
package enum Files {
  package enum Kind: Sendable { case file, directory, symlink, other }

  /// What is at a path, without following a symbolic link; nil where nothing is.
  package static func kind(_ path: String) -> Kind? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    case S_IFLNK: return .symlink
    default: return .other
    }
  }

  /// Whether there is a directory at a path, links followed; nil where nothing is.
  package static func isDirectory(_ path: String) -> Bool? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
  package static func isExecutable(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }

  /// Microseconds since 1970 at which the file was last written.
  package static func modified(_ path: String) -> Int64? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return nil }
    return Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
  }

  /// Which file or folder it is, and when it last changed.
  package struct Version: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64
    /// Seconds since 1970, and nanoseconds.
    private let seconds: Int
    private let nanoseconds: Int

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
      seconds = status.st_ctim.tv_sec
      nanoseconds = status.st_ctim.tv_nsec
    }
  }

  /// The version of what is at a path, links followed; nil where nothing is.
  package static func version(_ path: String) -> Version? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Version(status) : nil
  }

  /// The permissions of what is at a path, links followed; nil where nothing is.
  package static func mode(_ path: String) -> UInt32? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? UInt32(status.st_mode & 0o7777) : nil
  }

  /// The whole of a file.
  /// - Throws: also where it is longer than `limit` octets.
  package static func read(_ path: String, limit: Int = 1 << 20) throws(SystemError) -> [UInt8] {
    let file = try Descriptor.open(path, O_RDONLY)
    var bytes: [UInt8] = []
    while true {
      let part = try file.read(upTo: 65_536)
      if part.isEmpty { return bytes }
      bytes += part
      if bytes.count > limit { throw SystemError("read \(path)", code: EFBIG) }
    }
  }

  package static func readText(_ path: String) throws(SystemError) -> String {
    String(decoding: try read(path), as: UTF8.self)
  }

  /// Makes a file or replaces what it holds.
  package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(SystemError) {
    let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
    // The umask does not decide.
    guard fchmod(file.number, mode) == 0 else { throw .last("set the mode of \(path)") }
    try file.write(bytes)
  }

  /// Writes into a file that is there, as the kernel's settings want it.
  package static func overwrite(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    try Descriptor.open(path, O_WRONLY).write(bytes)
  }

  /// Makes or replaces a file as one step: a reader, also one after a crash of this process or of the machine, sees the
  /// old or the new.
  package static func replace(_ path: String, with bytes: [UInt8], mode: UInt32 = 0o600) throws(SystemError) {
    let temporary = "\(parent(of: path))/.~\(String(UInt64.random(in: .min ... .max), radix: 16))"
    let file = try Descriptor.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
    do throws(SystemError) {
      guard fchmod(file.number, mode) == 0 else { throw .last("set the mode of \(temporary)") }
      try file.write(bytes)
      // Before the name: else a crash of the machine could leave the name of a file that holds nothing.
      guard fsync(file.number) == 0 else { throw .last("write \(temporary)") }
      guard unsafe rename(temporary, path) == 0 else { throw .last("replace \(path)") }
    } catch {
      try? remove(temporary)
      throw error
    }
  }

  /// Makes a directory and those above it; one that is there keeps its mode.
  package static func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
    if unsafe mkdir(path, mode) == 0 {
      guard unsafe chmod(path, mode) == 0 else { throw .last("set the mode of \(path)") }
      return
    }
    switch errno {
    case EEXIST where kind(path) != .file: return
    case ENOENT where path.contains("/"):
      let parent = parent(of: path)
      // Some file systems, /proc among them, say this of what they do not let anyone make.
      guard kind(parent) == nil else { throw SystemError("make the directory \(path)", code: ENOENT) }
      try makeDirectory(parent)
      try makeDirectory(path, mode: mode)
    default: throw .last("make the directory \(path)")
    }
  }

  package static func makeSymlink(_ path: String, to target: String) throws(SystemError) {
    guard unsafe symlink(target, path) == 0 else { throw .last("make the link \(path)") }
  }

  package static func symlinkTarget(_ path: String) throws(SystemError) -> String {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, filled in
      count = unsafe buffer.withMemoryRebound(to: CChar.self) { unsafe readlink(path, $0.baseAddress!, Int(PATH_MAX)) }
      filled = max(0, count)
    }
    guard count >= 0 else { throw .last("read the link \(path)") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The names in a directory, sorted, without `.` and `..`.
  package static func list(_ path: String) throws(SystemError) -> [String] {
    guard let stream = unsafe opendir(path) else { throw .last("list \(path)") }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file; one that is not there is no error.
  package static func remove(_ path: String) throws(SystemError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw .last("remove \(path)") }
  }

  /// Removes a file, or a directory that holds nothing; never what a directory holds, nor what is mounted there.
  package static func removeEmpty(_ path: String) throws(SystemError) {
    let isDirectory = kind(path) == .directory
    guard unsafe (isDirectory ? rmdir(path) : unlink(path)) == 0 || errno == ENOENT else {
      throw .last("remove \(path)")
    }
  }

  /// Removes a directory and all below it, without following links. What is mounted below is not spared.
  package static func removeTree(_ path: String) throws(SystemError) {
    switch kind(path) {
    case nil: return
    case .directory:
      // An overlay leaves its work directory without permissions, which only matters to an ordinary user.
      _ = unsafe chmod(path, 0o700)
      for name in try list(path) { try removeTree(path + "/" + name) }
      guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw .last("remove \(path)") }
    case .file, .symlink, .other: try remove(path)
    }
  }

  package static func setMode(_ path: String, _ mode: UInt32) throws(SystemError) {
    guard unsafe chmod(path, mode) == 0 else { throw .last("set the mode of \(path)") }
  }

  /// The path without its last part.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The program that a name stands for on the given search path; a name with a slash stands for itself.
  package static func program(_ name: String, searchPath: String) -> String? {
    if name.contains("/") { return isExecutable(name) ? name : nil }
    for directory in searchPath.split(separator: ":") where isExecutable("\(directory)/\(name)") {
      return "\(directory)/\(name)"
    }
    return nil
  }
}
