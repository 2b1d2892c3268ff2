// SPDX-License-Identifier: Apache-2.0
import DNSWire
import NIOCore
import Synchronization

/// The open connections of all listeners: counted in all and by client, and told when the server stops.
final class ConnectionTable: Sendable {
  private struct State {
    var open: [ObjectIdentifier: any Channel] = [:]
    var perClient: [HostAddress: Int] = [:]
    var maximum: Int
    var maximumPerClient: Int
    var isStopping = false
  }

  private let state: Mutex<State>

  init(_ settings: DNSServerSettings) {
    state = Mutex(
      State(maximum: settings.maximumConnections, maximumPerClient: settings.maximumConnectionsPerClient))
  }

  /// Takes other limits. Connections that are open stay.
  func update(_ settings: DNSServerSettings) {
    state.withLock {
      $0.maximum = settings.maximumConnections
      $0.maximumPerClient = settings.maximumConnectionsPerClient
    }
  }

  /// Counts a connection until it closes; false if there are too many already.
  func admit(_ channel: any Channel) -> Bool {
    let id = ObjectIdentifier(channel)
    let client = channel.remoteAddress?.ipAddress.flatMap { HostAddress($0) } ?? HostAddress(ipv4: 0)
    let isAdmitted = state.withLock { state in
      let count = state.perClient[client, default: 0]
      guard !state.isStopping, state.open.count < state.maximum,
        state.maximumPerClient == 0 || count < state.maximumPerClient
      else { return false }
      state.perClient[client] = count + 1
      state.open[id] = channel
      return true
    }
    if isAdmitted { channel.closeFuture.whenComplete { _ in self.remove(id, client) } }
    return isAdmitted
  }

  private func remove(_ id: ObjectIdentifier, _ client: HostAddress) {
    state.withLock { state in
      guard state.open.removeValue(forKey: id) != nil else { return }
      let count = state.perClient[client, default: 1] - 1
      state.perClient[client] = count == 0 ? nil : count
    }
  }

  var count: Int { state.withLock { $0.open.count } }

  /// Admits no more, and gives those that are open.
  func stop() -> [any Channel] {
    state.withLock { state in
      state.isStopping = true
      return Array(state.open.values)
    }
  }
}
