// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A connection to another process of this machine that carries whole messages and descriptors (unix(7),
/// SOCK_SEQPACKET).
package struct MessageSocket: Sendable {
  /// Octets of a path that the kernel takes.
  package static let maximumPath = 107

  package let descriptor: Descriptor

  package init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
  }

  /// A socket that waits for connections. The file is for the calling user alone.
  package static func listen(at path: String) throws(SystemError) -> MessageSocket {
    try withShortPath(path) { short throws(SystemError) in
      Descriptor(owning: try checked(unsafe callsign_unix_listen(short), "listen at \(path)"))
    }
  }

  package static func connect(to path: String) throws(SystemError) -> MessageSocket {
    try withShortPath(path) { short throws(SystemError) in
      Descriptor(owning: try checked(unsafe callsign_unix_connect(short), "connect to \(path)"))
    }
  }

  package func accept() throws(SystemError) -> MessageSocket {
    MessageSocket(Descriptor(owning: try checked(callsign_unix_accept(descriptor.number), "accept a connection")))
  }

  /// A path that is too long is reached through a descriptor of its directory.
  private static func withShortPath(
    _ path: String, _ body: (String) throws(SystemError) -> Descriptor
  ) throws(SystemError) -> MessageSocket {
    if path.utf8.count <= maximumPath { return MessageSocket(try body(path)) }
    let directory = try Descriptor.open(Files.parent(of: path), O_RDONLY | O_DIRECTORY)
    return MessageSocket(try body("/proc/self/fd/\(directory.number)/\(Files.name(of: path))"))
  }

  /// Sends one message; descriptors are copied to the other process.
  package func send(_ bytes: [UInt8], descriptors: [Int32] = []) throws(SystemError) {
    let result = unsafe bytes.withUnsafeBytes {
      unsafe callsign_send_message(descriptor.number, $0.baseAddress, $0.count, descriptors, Int32(descriptors.count))
    }
    try checked(result, "send a message")
  }

  /// Waits for one message of at most `capacity` octets; nil where the other side has closed.
  package func receive(capacity: Int) throws(SystemError) -> (bytes: [UInt8], descriptors: [Descriptor])? {
    var numbers = [Int32](repeating: -1, count: Int(CALLSIGN_MAX_PASSED))
    var passed: Int32 = 0
    var count: Int32 = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
      unsafe count = callsign_receive_message(descriptor.number, buffer.baseAddress, capacity, &numbers, &passed)
      filled = Int(max(0, count))
    }
    try checked(count, "receive a message")
    let descriptors = numbers.prefix(Int(passed)).map { Descriptor(owning: $0) }
    return count == 0 ? nil : (bytes, descriptors)
  }

  /// Ends both directions; a thread that waits in ``receive(capacity:)`` wakes.
  package func shutdown() { _ = Glibc.shutdown(descriptor.number, Int32(SHUT_RDWR)) }
}
