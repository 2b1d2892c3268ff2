// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import LinuxSystem

/// Sockets on one address, bound and ready: the server uses them, wherever they were made. A socket made in another
/// network namespace stays there.
package struct DNSSockets: Sendable {
  /// One thread serves each.
  package var datagrams: [Descriptor]
  /// More UDP sockets, not bound yet, for the places of `datagrams`, in the same order; see `ReceiveQueues`.
  package private(set) var spares: [[Descriptor]] = []
  /// Bound TCP sockets.
  package var streams: [Descriptor]
  /// Bound TCP sockets for DNS over TLS; they need a certificate.
  package var tls: [Descriptor] = []
  /// Bound TCP sockets for DNS over HTTPS; they need a certificate.
  package var https: [Descriptor] = []
  /// Bound TCP sockets for DNS over HTTP in the clear, for a proxy in front.
  package var http: [Descriptor] = []

  package init(datagrams: [Descriptor] = [], streams: [Descriptor] = []) {
    self.datagrams = datagrams
    self.streams = streams
  }

  /// Opens one TCP socket, in the network namespace of the calling thread: for `tls`, `https` or `http`.
  /// - Parameter port: 0 takes a free one; `port(of:)` tells which.
  package static func openStream(_ address: HostAddress, port: UInt16) throws(DNSListenError) -> Descriptor {
    do {
      let socket = try InternetSocket.make(isIPv6: address.family == .ipv6, isStream: true)
      try InternetSocket.bind(socket, octets: address.octets, port: port)
      try InternetSocket.listen(socket)
      return socket
    } catch {
      throw DNSListenError(address: address, port: port, cause: error)
    }
  }

  /// Those of one thread.
  struct Datagrams: Sendable {
    let socket: Descriptor
    let spares: [Descriptor]
  }

  init(_ threads: [Datagrams], streams: [Descriptor]) {
    datagrams = threads.map(\.socket)
    spares = threads.map(\.spares)
    self.streams = streams
  }

  /// For each thread.
  var threads: [Datagrams] {
    datagrams.enumerated().map { Datagrams(socket: $1, spares: $0 < spares.count ? spares[$0] : []) }
  }

  /// The port that a socket is bound to.
  package static func port(of socket: Descriptor) -> UInt16? { (try? DatagramSocket.place(of: socket))?.port }

  /// Tries to find a port that is free for both UDP and TCP.
  private static let freePortTries = 16

  /// Opens UDP and TCP on one address and port, in the network namespace of the calling thread.
  /// - Parameters:
  ///   - port: 0 takes one that is free for both; `port` of the result tells which.
  ///   - workers: UDP sockets, and so threads.
  package static func open(
    _ address: HostAddress, port: UInt16, workers: Int = 1
  ) throws(DNSListenError) -> DNSSockets {
    var triesLeft = port == 0 ? freePortTries : 1
    while true {
      triesLeft -= 1
      do {
        let stream = try InternetSocket.make(isIPv6: address.family == .ipv6, isStream: true)
        try InternetSocket.bind(stream, octets: address.octets, port: port)
        let bound = try DatagramSocket.place(of: stream).port
        // Alone first: a shared socket would be let in beside someone else's.
        var datagrams = [try DatagramSocket.bound(octets: address.octets, port: bound)]
        if workers > 1 {
          datagrams = []
          for _ in 0..<workers {
            datagrams.append(try DatagramSocket.bound(octets: address.octets, port: bound, isShared: true))
          }
        }
        try InternetSocket.listen(stream)
        var sockets = DNSSockets(datagrams: datagrams, streams: [stream])
        sockets.spares = datagrams.map { socket in
          // Where there are no more descriptors it goes without.
          (1..<max(1, ReceiveQueues.maximumCount / workers)).compactMap { _ in try? DatagramSocket.spare(for: socket) }
        }
        return sockets
      } catch {
        guard error.isBusy, triesLeft > 0 else {
          throw DNSListenError(address: address, port: port, cause: error)
        }
      }
    }
  }

  /// Where the sockets are bound, each place once.
  package var places: Set<Upstream> {
    var places: Set<Upstream> = []
    for socket in streams + datagrams {
      if let place = try? DatagramSocket.place(of: socket), let address = HostAddress(octets: place.octets) {
        places.insert(Upstream(address, port: place.port))
      }
    }
    return places
  }

  /// The port of the sockets.
  package var port: UInt16? { places.first?.port }
}

/// An address and port that cannot be served on.
package struct DNSListenError: Error, CustomStringConvertible {
  package let address: HostAddress
  package let port: UInt16
  package let cause: SystemError

  /// The machine has no such address, or none of its family.
  package var isAddressMissing: Bool { cause.isAddressMissing }

  private static let flags = "--dns-port (callsign up) or --listen (callsign dns)"

  package var description: String {
    let place = "\(Upstream(address, port: port))"
    if cause.isBusy {
      return "cannot serve DNS on \(place): another program uses this port; end it, or choose another with "
        + Self.flags
    }
    if cause.isNotPermitted {
      return "cannot serve DNS on \(place): ports below 1024 need privilege; choose another with \(Self.flags)"
    }
    return "cannot serve DNS on \(place): \(cause.reason)"
  }
}
