// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// What was logged, for a test.
final class LogLines: Sendable {
  private let lines = Mutex<[(level: Logger.Level, text: String)]>([])

  /// A logger whose lines come here.
  var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

  /// The lines that have these words in them, in order.
  func lines(with words: String) -> [String] { all.filter { $0.text.contains(words) }.map(\.text) }

  /// The levels of those.
  func levels(with words: String) -> [Logger.Level] { all.filter { $0.text.contains(words) }.map(\.level) }

  private var all: [(level: Logger.Level, text: String)] { lines.withLock { $0 } }

  private struct Handler: LogHandler {
    let lines: LogLines
    var logLevel = Logger.Level.trace
    var metadata = Logger.Metadata()

    func log(event: LogEvent) { lines.lines.withLock { $0.append((event.level, "\(event.message)")) } }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
  }
}
