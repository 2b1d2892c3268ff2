// SPDX-License-Identifier: Apache-2.0
import CLinux

/// The kernel's namespaces of the calling process, and mounts in them (namespaces(7), mount(2)).
package enum Namespaces {
  package struct Kinds: OptionSet, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }
    package static let mount = Kinds(rawValue: 1)
    package static let network = Kinds(rawValue: 2)
    /// For the children of the process, not for itself.
    package static let processes = Kinds(rawValue: 4)
    package static let hostname = Kinds(rawValue: 8)
    package static let ipc = Kinds(rawValue: 16)
    /// Only for a process with one thread.
    package static let user = Kinds(rawValue: 32)
    /// The group that the process is in becomes the root of what it sees.
    package static let controlGroups = Kinds(rawValue: 64)
  }

  /// Leaves the namespaces of these kinds for new ones.
  package static func unshare(_ kinds: Kinds) throws(SystemError) {
    try checked(callsign_unshare(kinds.rawValue), "make namespaces")
  }

  /// Mounts are no longer passed on to other namespaces, nor received from them.
  package static func makeMountsPrivate() throws(SystemError) {
    try checked(callsign_make_mounts_private(), "make mounts private")
  }

  /// Mounts a new file system.
  /// - Parameter isRestricted: without set-user-id programs, devices, and programs.
  package static func mount(
    _ type: String, at path: String, options: String? = nil, isRestricted: Bool = true
  ) throws(SystemError) {
    let flag: Int32 = isRestricted ? 1 : 0
    let result =
      if let options {
        unsafe callsign_mount(type, path, type, options, flag)
      } else {
        unsafe callsign_mount(type, path, type, nil, flag)
      }
    try checked(result, "mount \(type) at \(path)")
  }

  /// Makes a file or directory visible at another path too.
  package static func bind(_ source: String, at path: String) throws(SystemError) {
    try checked(unsafe callsign_bind(source, path), "mount \(source) at \(path)")
  }

  /// The mounts at and below a path can no longer be written to.
  package static func makeReadOnly(_ path: String) throws(SystemError) {
    try checked(unsafe callsign_make_read_only(path), "make \(path) read-only")
  }

  package static func unmount(_ path: String) throws(SystemError) {
    try checked(unsafe callsign_unmount(path), "unmount \(path)")
  }

  package static func setHostname(_ name: String) throws(SystemError) {
    try checked(unsafe callsign_set_hostname(name), "set the hostname")
  }

  /// Takes on user 0 and group 0 of the user namespace.
  package static func becomeRoot() throws(SystemError) {
    try checked(callsign_become_root(), "become user 0 of the user namespace")
  }
}
