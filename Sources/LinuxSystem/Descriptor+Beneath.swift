// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

extension Descriptor {
  /// A directory, as a place from which others are found.
  package static func directory(_ path: String) throws(SystemError) -> Descriptor {
    Descriptor(owning: try checked(unsafe callsign_open_directory(path), "open \(path)"))
  }

  /// What a path leads to below this directory, as a place: it stays the same whoever exchanges names meanwhile.
  /// - Throws: an error whose ``SystemError/leadsAway`` is true for a path over a link, or out of the directory.
  package func place(_ path: String) throws(SystemError) -> Descriptor {
    Descriptor(owning: try checked(unsafe callsign_open_beneath(number, path), "open \(path)"))
  }

  /// Makes a directory in this one. The umask counts.
  package func makeDirectory(_ name: String, mode: UInt32) throws(SystemError) {
    try checked(unsafe callsign_make_directory_at(number, name, mode), "make the directory \(name)")
  }

  /// A path that leads to what this is, for calls that want one; as long as this is open.
  package var path: String { "/proc/self/fd/\(number)" }
}

extension SystemError {
  /// The path is no way to go: it leads over a link, or out of where it has to stay.
  package var leadsAway: Bool { code == ELOOP || code == EXDEV }
}
