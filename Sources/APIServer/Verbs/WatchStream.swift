// SPDX-License-Identifier: Apache-2.0
import HummingbirdCore
import KubeModel
import KubeStore
import NIOCore
import ServiceLifecycle

/// One watch that is being answered.
///
/// Its memory is one chunk: what the client is too slow for stays in the store's history, and a client that falls out
/// of it gets `Expired`. A change wakes the one task that writes; the time, by which bookmarks are due and the watch
/// ends, is kept by a second one that wakes the first. The functions that write are `@concurrent`, as Hummingbird's
/// writer is.
struct WatchStream: Sendable {
  let watch: ObjectWatch
  /// What there was; of it, what matches is told.
  let initial: [KubeObject]
  /// The store's version when ``initial`` was taken.
  let version: UInt64
  let encoder: WatchEncoder
  let limits: APIServerLimits
  let clock: any Clock<Duration>

  /// Writes events until the watch ends.
  @concurrent
  func run(_ writer: inout any ResponseBodyWriter) async throws {
    try await withGracefulShutdownHandler {
      try await write(&writer, by: clock)
    } onGracefulShutdown: {
      watch.end()
    }
  }

  @concurrent
  private func write<C: Clock<Duration>>(_ writer: inout any ResponseBodyWriter, by clock: C) async throws {
    let end = clock.now.advanced(by: encoder.request.timeout ?? limits.watchDuration * Double.random(in: 1..<2))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await tick(until: end, clock) }
      defer { group.cancelAll() }
      try await write(&writer, until: end, clock)
    }
    try await writer.finish(nil)
  }

  @concurrent
  private func write<C: Clock<Duration>>(
    _ writer: inout any ResponseBodyWriter, until end: C.Instant, _ clock: C
  ) async throws {
    var encoder = encoder
    var chunk: [UInt8] = []
    for object in initial where encoder.request.matches(object) {
      encoder.initial(object, to: &chunk)
      try await flush(&chunk, over: limits.chunk, &writer)
    }
    if encoder.request.marksInitialEnd { encoder.bookmark(version, endsInitial: true, to: &chunk) }
    try await flush(&chunk, over: 0, &writer)

    var changes = watch.makeAsyncIterator()
    repeat {
      let events: [WatchEvent]
      do throws(StatusError) {
        guard let next = try await changes.next() else { return }
        events = next
      } catch {
        encoder.error(error, to: &chunk)
        return try await flush(&chunk, over: 0, &writer)
      }
      for event in events {
        encoder.event(event, to: &chunk)
        try await flush(&chunk, over: limits.chunk, &writer)
      }
      if events.isEmpty, encoder.request.wantsBookmarks, let version = watch.bookmark() {
        encoder.bookmark(version, endsInitial: false, to: &chunk)
      }
      try await flush(&chunk, over: 0, &writer)
    } while clock.now < end
  }

  /// Wakes the writer when a bookmark is due, and when the time is up.
  private func tick<C: Clock<Duration>>(until end: C.Instant, _ clock: C) async throws {
    while clock.now < end {
      try await clock.sleep(until: min(end, clock.now.advanced(by: limits.bookmarkInterval)), tolerance: nil)
      watch.wake()
    }
  }

  @concurrent
  private func flush(_ chunk: inout [UInt8], over size: Int, _ writer: inout any ResponseBodyWriter) async throws {
    guard chunk.count > size else { return }
    try await writer.write(ByteBuffer(bytes: chunk))
    chunk.removeAll(keepingCapacity: true)
  }
}
