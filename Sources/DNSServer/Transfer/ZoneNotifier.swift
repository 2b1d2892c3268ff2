// SPDX-License-Identifier: Apache-2.0
import DNSWire
package import Logging
package import Naming
import ServiceLifecycle
import Synchronization

/// Tells secondaries that the zone has changed (RFC 1996). Takes other settings while it works. Ends with graceful
/// shutdown.
package final class ZoneNotifier: Service {
  private let index: NameIndex
  private let settings: Mutex<NotifySettings>
  private let changes: AsyncStream<NotifySettings>
  private let queue: AsyncStream<NotifySettings>.Continuation
  private let clock: any Clock<Duration>
  private let logger: Logger

  /// - Parameter clock: by which intervals and retries go.
  package init(
    index: NameIndex, settings: NotifySettings, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) {
    self.index = index
    self.settings = Mutex(settings)
    self.clock = clock
    self.logger = logger
    // Only the last settings count.
    (changes, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    queue.yield(settings)
  }

  /// Takes other settings. With settings that differ, every secondary is told of the zone as it is then.
  package func update(_ settings: NotifySettings) {
    let isNew = self.settings.withLock { current in
      defer { current = settings }
      return current != settings
    }
    if isNew { queue.yield(settings) }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      var changes = self.changes.makeAsyncIterator()
      var settings = await changes.next()
      while let current = settings {
        settings = await withTaskGroup(of: Void.self) { group in
          for peer in current.peers { group.addTask { await self.serve(peer, current, self.clock) } }
          defer { group.cancelAll() }
          return await changes.next()
        }
      }
    }
    // A service that returns ends its group.
    try? await gracefulShutdown()
  }

  private func serve<Time: Clock<Duration>>(_ peer: Upstream, _ settings: NotifySettings, _ clock: Time) async {
    let interval = Duration.seconds(settings.intervalSeconds)
    var schedule = NotifySchedule<Time.Instant>(settings)
    while !Task.isCancelled {
      let snapshot = index.snapshot
      if snapshot.isSynced { schedule.change(to: SerialNumber(rawValue: snapshot.serial)) }
      switch schedule.step(at: clock.now) {
      case .send(let serial):
        if await notify(peer, of: serial, in: snapshot.settings.zone) { schedule.answered(serial) }
      case .wait(let instant):
        // Not longer than the interval: a change in the meantime is not to wait for a late retry.
        try? await clock.sleep(until: min(instant, clock.now.advanced(by: interval)), tolerance: nil)
      case .nothing:
        await index.waitForChange(after: snapshot.generation)
      }
    }
  }

  /// True if the peer has answered, whatever it says: it will not say anything else the next time (RFC 1996 §4.8).
  private func notify(_ peer: Upstream, of serial: SerialNumber, in zone: Name) async -> Bool {
    do {
      let code = try await DNSClient().notify(peer, of: zone)
      let message: Logger.Message = "told \(peer) of serial \(serial): \(code)"
      if code == .noError { logger.debug(message) } else { logger.warning(message) }
      return true
    } catch {
      logger.debug("telling \(peer) of serial \(serial): \(error)")
      return false
    }
  }
}
