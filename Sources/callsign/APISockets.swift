// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem

/// A TCP socket for the API, bound.
struct APISockets: Sendable {
  let socket: Descriptor
  let port: UInt16

  /// Binds in the network namespace of this process.
  /// - Parameter port: 0 takes a free one.
  static func open(_ address: HostAddress, port: UInt16) throws(CommandError) -> APISockets {
    do {
      let socket = try InternetSocket.make(isStream: true)
      try InternetSocket.bind(socket, octets: address.octets, port: port)
      return APISockets(socket: socket, port: try DatagramSocket.place(of: socket).port)
    } catch {
      if error.isBusy {
        throw CommandError(
          "cannot serve the API on \(address):\(port): another program uses this port; end it, or choose another with "
            + "--api-port")
      }
      throw CommandError("cannot serve the API on \(address):\(port): \(error.reason)")
    }
  }
}
