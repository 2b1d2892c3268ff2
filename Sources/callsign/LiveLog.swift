// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// How much the program says of its own work; may change while it runs.
final class LiveLogLevel: Sendable {
  private let current: Mutex<Logger.Level>

  init(_ level: Logger.Level) { current = Mutex(level) }

  var level: Logger.Level { current.withLock { $0 } }

  func set(_ level: Logger.Level) { current.withLock { $0 = level } }
}

/// Writes to standard error what is at or above a level that may change.
struct LiveLogHandler: LogHandler {
  private let live: LiveLogLevel
  private var handler: StreamLogHandler
  /// What one logger leaves out beside what all do.
  private var own = Logger.Level.trace

  init(_ label: String, _ live: LiveLogLevel) {
    self.live = live
    handler = StreamLogHandler.standardError(label: label)
    // Whoever asks this handler has looked at `logLevel`.
    handler.logLevel = .trace
  }

  var logLevel: Logger.Level {
    get { max(live.level, own) }
    set { own = newValue }
  }

  var metadata: Logger.Metadata {
    get { handler.metadata }
    set { handler.metadata = newValue }
  }

  var metadataProvider: Logger.MetadataProvider? {
    get { handler.metadataProvider }
    set { handler.metadataProvider = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { handler[metadataKey: key] }
    set { handler[metadataKey: key] = newValue }
  }

  func log(event: LogEvent) { handler.log(event: event) }
}
