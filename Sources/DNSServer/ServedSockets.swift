// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Synchronization

/// The sockets that a server serves, which may change.
final class ServedSockets: Sendable {
  private struct State {
    var sockets: [DNSSockets]
    var places: Set<Upstream>
  }

  private let state: Mutex<State>

  init(_ sockets: [DNSSockets]) { state = Mutex(Self.state(sockets)) }

  var all: [DNSSockets] { state.withLock(\.sockets) }
  /// Where they are bound.
  var places: Set<Upstream> { state.withLock(\.places) }

  func replace(by sockets: [DNSSockets]) { state.withLock { $0 = Self.state(sockets) } }

  private static func state(_ sockets: [DNSSockets]) -> State {
    State(sockets: sockets, places: sockets.reduce(into: []) { $0.formUnion($1.places) })
  }

  /// What of `new` is not served yet, and what is served and not in `new`.
  func differences(to new: [DNSSockets]) -> (added: DNSSockets, removed: DNSSockets) {
    let old = all
    return (Self.sockets(new, without: old), Self.sockets(old, without: new))
  }

  private static func sockets(_ some: [DNSSockets], without others: [DNSSockets]) -> DNSSockets {
    func rest(_ kind: (DNSSockets) -> [Descriptor]) -> [Descriptor] {
      let known = Set(others.flatMap(kind).map(ObjectIdentifier.init))
      return some.flatMap(kind).filter { !known.contains(ObjectIdentifier($0)) }
    }
    let known = Set(others.flatMap(\.datagrams).map(ObjectIdentifier.init))
    let datagrams = some.flatMap(\.threads).filter { !known.contains(ObjectIdentifier($0.socket)) }
    var sockets = DNSSockets(datagrams, streams: rest(\.streams))
    sockets.tls = rest(\.tls)
    sockets.https = rest(\.https)
    sockets.http = rest(\.http)
    return sockets
  }
}
