// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// An open file descriptor, closed with its last reference.
package final class Descriptor: Sendable {
  package let number: Int32

  /// Takes ownership of `number`.
  package init(owning number: Int32) {
    self.number = number
  }

  deinit { _ = Glibc.close(number) }

  /// A copy for someone who closes it by themselves.
  package func duplicated() throws(SystemError) -> Int32 {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw .last("duplicate a descriptor") }
    return copy
  }

  /// Reads at most `capacity` octets; empty at the end of the file.
  package func read(upTo capacity: Int) throws(SystemError) -> [UInt8] {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      repeat { count = unsafe Glibc.read(number, buffer.baseAddress, capacity) } while count < 0 && errno == EINTR
      filled = max(0, count)
    }
    guard count >= 0 else { throw .last("read") }
    return bytes
  }

  /// Writes all of `bytes`; blocks where the descriptor does.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(number, $0.baseAddress! + offset, bytes.count - offset)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last("write") }
      offset += count
    }
  }

  /// Where the next octet of a file is read or written.
  package var position: Int { max(0, lseek(number, 0, SEEK_CUR)) }

  /// Octets of a file from `offset` on, without moving ``position``.
  package func contents(from offset: Int = 0, upTo capacity: Int) throws(SystemError) -> [UInt8] {
    var count = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      count = unsafe pread(number, buffer.baseAddress, capacity, offset)
      filled = max(0, count)
    }
    guard count >= 0 else { throw .last("read") }
    return bytes
  }

  package func rewind() { _ = lseek(number, 0, SEEK_SET) }

  package func setNonblocking(_ isNonblocking: Bool) throws(SystemError) {
    try checked(callsign_set_nonblocking(number, isNonblocking ? 1 : 0), "set the mode of a descriptor")
  }

  /// Takes an exclusive lock that ends with the open file.
  /// - Throws: an error whose ``SystemError/isBusy`` is true where another process holds the lock.
  package func lock() throws(SystemError) {
    try checked(callsign_lock(number), "lock")
  }

  /// Whether another process holds the lock. Looking takes no lock.
  package func isLocked() throws(SystemError) -> Bool {
    try checked(callsign_is_locked(number), "look for a lock") == 1
  }
}

extension Descriptor {
  /// The two ends of a pipe.
  package static func pipe() throws(SystemError) -> (reading: Descriptor, writing: Descriptor) {
    var ends: [Int32] = [0, 0]
    try checked(unsafe callsign_pipe(&ends), "make a pipe")
    return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
  }

  /// A file without a path, for what another process reads or writes.
  /// - Parameter capacity: the octets that it can hold; 0 for no limit.
  package static func memory(_ name: String, capacity: Int = 0) throws(SystemError) -> Descriptor {
    Descriptor(owning: try checked(unsafe callsign_memory_file(name, capacity), "make a file in memory"))
  }

  package static func null() throws(SystemError) -> Descriptor { try open("/dev/null", O_RDWR) }

  /// Opens a file; `flags` as of open(2), to which `O_CLOEXEC` is added.
  package static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0o600) throws(SystemError) -> Descriptor {
    let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
    guard number >= 0 else { throw .last("open \(path)") }
    return Descriptor(owning: number)
  }
}

extension Descriptor {
  /// Blocks until some of the descriptors can be read or have failed, and gives their numbers.
  package static func waitUntilReadable(_ descriptors: [Descriptor]) -> [Int32] {
    var entries = descriptors.map { pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0) }
    while unsafe poll(&entries, nfds_t(entries.count), -1) < 0 && errno == EINTR {}
    return entries.filter { $0.revents != 0 }.map(\.fd)
  }
}

extension Descriptor {
  /// Descriptors 0, 1 and 2 of the process, which stay open.
  package static let standardInput = Descriptor(owning: 0)
  package static let standardOutput = Descriptor(owning: 1)
  package static let standardError = Descriptor(owning: 2)

  /// Becomes readable when a process ends, whoever started it.
  package static func process(_ process: Int32) throws(SystemError) -> Descriptor {
    Descriptor(owning: try checked(callsign_process_descriptor(process), "watch process \(process)"))
  }

  /// Opens and locks a file that lasts as long as its process; see ``lock()``.
  package static func lockFile(_ path: String) throws(SystemError) -> Descriptor {
    let file = try open(path, O_RDWR | O_CREAT)
    try file.lock()
    return file
  }

  /// Closes before the last reference goes, for a descriptor whose end someone waits for. It cannot be used any more.
  package func closeEarly() {
    // Its number stays taken, so that closing it again cannot hit another file.
    let null = unsafe Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
    if null >= 0 {
      _ = dup2(null, number)
      _ = fcntl(number, F_SETFD, FD_CLOEXEC)
      _ = Glibc.close(null)
    }
  }
}

extension Descriptor {
  /// Opens a file that is there, to write at its end.
  package static func openForAppending(_ path: String) throws(SystemError) -> Descriptor {
    try open(path, O_WRONLY | O_APPEND)
  }
}
