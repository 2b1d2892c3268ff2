// SPDX-License-Identifier: Apache-2.0

/// Where metrics, health and readiness are served over plain HTTP, and how much a client may take of it.
package struct ObservabilitySettings: Hashable, Sendable {
  /// What is served, at a path of its own.
  package enum Endpoint: String, Hashable, Sendable, CaseIterable {
    case metrics, health, ready

    package var path: String { "/" + rawValue }
  }

  /// An address in text form, and a port; port 0 takes a free one.
  package struct Place: Hashable, Sendable, CustomStringConvertible {
    /// `nil`: every address, of both families.
    package var address: String?
    package var port: UInt16

    package init(_ address: String? = nil, port: UInt16) {
      self.address = address
      self.port = port
    }

    package var description: String {
      guard let address else { return ":\(port)" }
      return address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
  }

  package static let connectionRange = 1...10_000
  package static let idleRange: ClosedRange<Int64> = 1...3600

  /// Where each is served; one that is left out is off. Several may have one place.
  package var places: [Endpoint: Place] = [
    .metrics: Place(port: 9153), .health: Place(port: 8080), .ready: Place(port: 8181),
  ]
  /// Connections that one place has at a time; for one more the oldest is closed. 1…10000.
  package var maximumConnections = 128
  /// Seconds without a request after which a connection is closed. 1…3600.
  package var idleSeconds: Int64 = 60

  package init() {}

  /// One line for each setting that is out of its range: its name, what it is, what is allowed.
  package func problems() -> [String] {
    var problems: [String] = []
    if !Self.connectionRange.contains(maximumConnections) {
      problems.append("observability.maximumConnections: \(maximumConnections) is not between 1 and 10000")
    }
    if !Self.idleRange.contains(idleSeconds) {
      problems.append("observability.idleSeconds: \(idleSeconds) is not between 1 and 3600")
    }
    return problems
  }
}
