// SPDX-License-Identifier: Apache-2.0
import Glibc
package import LinuxSystem

/// A socket that listens, and what is served there.
package struct ObservabilitySocket: Sendable {
  package var descriptor: Descriptor
  package var endpoints: Set<ObservabilitySettings.Endpoint>

  package init(_ descriptor: Descriptor, _ endpoints: Set<ObservabilitySettings.Endpoint>) {
    self.descriptor = descriptor
    self.endpoints = endpoints
  }

  /// Binds and listens on every place of `settings` once, in the network namespace of the calling thread.
  package static func open(
    _ settings: ObservabilitySettings
  ) throws(ObservabilityListenError) -> [ObservabilitySocket] {
    var endpoints: [ObservabilitySettings.Place: Set<ObservabilitySettings.Endpoint>] = [:]
    for (endpoint, place) in settings.places { endpoints[place, default: []].insert(endpoint) }
    var sockets: [ObservabilitySocket] = []
    for (place, endpoints) in endpoints.sorted(by: { $0.key.description < $1.key.description }) {
      let name = endpoints.map(\.rawValue).sorted().joined(separator: ", ")
      guard let octets = addresses(of: place) else {
        throw ObservabilityListenError(what: name, place: place, reason: "this is no IP address")
      }
      var port = place.port
      for octets in octets {
        do {
          let socket = try open(octets, port: port)
          port = try DatagramSocket.place(of: socket).port
          sockets.append(ObservabilitySocket(socket, endpoints))
        } catch {
          // A machine without IPv6 has no addresses of it.
          if place.address == nil, octets.count == 16, error.isAddressMissing { continue }
          throw ObservabilityListenError(what: name, place: place, reason: error.reason)
        }
      }
    }
    return sockets
  }

  private static func open(_ octets: [UInt8], port: UInt16) throws(SystemError) -> Descriptor {
    let socket = try InternetSocket.make(isIPv6: octets.count == 16, isStream: true)
    try InternetSocket.bind(socket, octets: octets, port: port)
    try InternetSocket.listen(socket)
    return socket
  }

  /// What a place is bound to; `nil` for what is no address.
  private static func addresses(of place: ObservabilitySettings.Place) -> [[UInt8]]? {
    guard let address = place.address else { return [4, 16].map { [UInt8](repeating: 0, count: $0) } }
    return octets(of: address).map { [$0] }
  }

  /// The port that the socket is bound to.
  package var port: UInt16? { try? DatagramSocket.place(of: descriptor).port }

  /// Four or sixteen octets in network order.
  private static func octets(of text: String) -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: 16)
    if unsafe inet_pton(AF_INET, text, &octets) == 1 { return Array(octets.prefix(4)) }
    return unsafe inet_pton(AF_INET6, text, &octets) == 1 ? octets : nil
  }
}

/// A place that cannot be served on.
package struct ObservabilityListenError: Error, CustomStringConvertible {
  package var what: String
  package var place: ObservabilitySettings.Place
  package var reason: String

  package var description: String { "cannot serve \(what) on \(place): \(reason); choose another address or port" }
}
