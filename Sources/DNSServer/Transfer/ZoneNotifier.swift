// SPDX-License-Identifier: Apache-2.0
import DNSWire
package import Logging
package import Naming
import ServiceLifecycle

/// Tells secondaries that the zone has changed (RFC 1996). Ends with graceful shutdown.
package struct ZoneNotifier: Service {
  private let index: NameIndex
  private let settings: NotifySettings
  private let clock: any Clock<Duration>
  private let logger: Logger

  /// - Parameter clock: by which intervals and retries go.
  package init(
    index: NameIndex, settings: NotifySettings, clock: any Clock<Duration> = ContinuousClock(), logger: Logger
  ) {
    self.index = index
    self.settings = settings
    self.clock = clock
    self.logger = logger
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        for peer in settings.peers { group.addTask { await serve(peer, clock) } }
        // A service that returns ends its group: without peers there is still something to wait for.
        if settings.peers.isEmpty { group.addTask { try? await gracefulShutdown() } }
      }
    }
  }

  private func serve<Time: Clock<Duration>>(_ peer: Upstream, _ clock: Time) async {
    let interval = Duration.seconds(settings.intervalSeconds)
    var schedule = NotifySchedule<Time.Instant>(settings)
    while !Task.isCancelled {
      let snapshot = index.snapshot
      if snapshot.isSynced { schedule.change(to: SerialNumber(rawValue: snapshot.serial)) }
      switch schedule.step(at: clock.now) {
      case .send(let serial):
        if await notify(peer, of: serial) { schedule.answered(serial) }
      case .wait(let instant):
        // Not longer than the interval: a change in the meantime is not to wait for a late retry.
        try? await clock.sleep(until: min(instant, clock.now.advanced(by: interval)), tolerance: nil)
      case .nothing:
        await index.waitForChange(after: snapshot.generation)
      }
    }
  }

  /// True if the peer has answered, whatever it says: it will not say anything else the next time (RFC 1996 §4.8).
  private func notify(_ peer: Upstream, of serial: SerialNumber) async -> Bool {
    do {
      let code = try await NotifyExchange.send(index.settings.zone, to: peer)
      let message: Logger.Message = "told \(peer) of serial \(serial): \(code)"
      if code == .noError { logger.debug(message) } else { logger.warning(message) }
      return true
    } catch {
      logger.debug("telling \(peer) of serial \(serial): \(error)")
      return false
    }
  }
}
