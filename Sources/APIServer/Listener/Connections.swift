// SPDX-License-Identifier: Apache-2.0
import NIOCore
import Synchronization

/// The open connections of a listener, so that they can be told to end.
final class Connections: Sendable {
  private struct State {
    var open: [ObjectIdentifier: any Channel] = [:]
    var isEnding = false
  }

  private let state = Mutex(State())

  /// Counts a connection in until it closes. One that comes while the listener ends is told to end at once.
  func add(_ channel: any Channel) {
    let isEnding = state.withLock { state in
      state.open[ObjectIdentifier(channel)] = channel
      return state.isEnding
    }
    channel.closeFuture.whenComplete { _ in
      _ = self.state.withLock { $0.open.removeValue(forKey: ObjectIdentifier(channel)) }
    }
    if isEnding { Self.quiesce(channel) }
  }

  /// Closes idle connections now, the others after their answer, and all of them after `grace`.
  func end(grace: TimeAmount) {
    let open = state.withLock { state in
      state.isEnding = true
      return Array(state.open.values)
    }
    for channel in open {
      Self.quiesce(channel)
      channel.eventLoop.scheduleTask(in: grace) { channel.close(promise: nil) }
    }
  }

  private static func quiesce(_ channel: any Channel) {
    channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
  }
}
