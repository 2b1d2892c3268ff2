// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// What the server around the names does beside answering from them. An explanation asks the server itself, so that the
/// two cannot differ.
package protocol ServerConduct: Sendable {
  /// What becomes of a question for a name that is not the cluster's.
  func fate(of name: Name, _ type: RecordType) -> OutsideFate
  /// Milliseconds that a question for a name of the zone that does not exist waits for it; 0: it is answered at once.
  func holdMilliseconds(_ name: Name, in snapshot: NameSnapshot) -> Int64
  /// Whether it goes on along the search path of a pod that asks.
  var completesNames: Bool { get }
  /// The servers that it asks just now for the cluster's names too, as text; empty where it answers these itself.
  var fallback: [String] { get }
}

/// What becomes of a question for a name that is not the cluster's.
package enum OutsideFate: Hashable, Sendable {
  /// The server answers here, from what it was set to.
  package struct LocalAnswer: Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
      /// A name with fixed addresses, and where it stands.
      case staticName(place: String)
      /// A name at or below `domain`, and what that means.
      case specialName(domain: Name, meaning: String)
    }

    package var code: ResponseCode
    package var records: [Record]
    package var reason: Reason

    package init(code: ResponseCode, records: [Record], reason: Reason) {
      self.code = code
      self.records = records
      self.reason = reason
    }
  }

  /// All such names are refused: nothing was set for them.
  case off
  /// Refused; the domain whose names are, nil where there are no upstreams.
  case refused(domain: Name?)
  /// Asked of other servers; the domain whose names these are asked for, nil for all names.
  case forwarded(to: [String], domain: Name?)
  case answered(LocalAnswer)
}

/// A server that asks others for every name outside the zone, or refuses them all.
struct PlainConduct: ServerConduct {
  /// As text; empty where other names are refused.
  let upstreams: [String]
  var fallback: [String] = []

  func fate(of name: Name, _ type: RecordType) -> OutsideFate {
    upstreams.isEmpty ? .off : .forwarded(to: upstreams, domain: nil)
  }

  func holdMilliseconds(_ name: Name, in snapshot: NameSnapshot) -> Int64 { 0 }

  var completesNames: Bool { false }
}
