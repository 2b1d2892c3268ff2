// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel
import KubeStore
import NIOCore
import ServiceLifecycle

extension RequestHandler {
  /// Streams changes until the client leaves, the time is up or the server ends.
  func watch(_ path: ObjectPath, _ request: ObjectRequest) throws(StatusError) -> Response {
    let wanted = try WatchRequest(path, request.query)
    let encoder = WatchEncoder(wanted, try encoder(path.resource, request))
    var initial: [KubeObject] = []
    let version: UInt64
    switch wanted.start {
    case .version(let from):
      // A version from the future belongs to another database: the client has to list again.
      guard from <= store.version else { throw StatusError(.expired, "Too large resource version: \(from)") }
      version = from
    case .now: version = store.version
    case .objects:
      let list = store.list(path.resource, namespace: path.namespace)
      initial = list.objects.filter(wanted.matches)
      version = list.version
    }
    let stream = WatchStream(
      watch: try store.watch(path.resource, namespace: path.namespace, from: version), initial: initial,
      version: version, encoder: encoder, limits: limits, clock: clock)
    let body = request.http.body
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-cache, private"],
      body: ResponseBody { writer in
        // A watch has no body to wait for; what can come from the client is the end of the connection.
        try await body.consumeWithCancellationOnInboundClose { _ in try await stream.run(&writer) }
      })
  }
}

/// One watch that is being answered.
///
/// Its memory is one chunk: what the client is too slow for stays in the store's history, and a client that falls out
/// of it gets `Expired`. The functions that write are `@concurrent`, as Hummingbird's writer is.
struct WatchStream: Sendable {
  let watch: ObjectWatch
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
    var encoder = encoder
    var chunk: [UInt8] = []
    for object in initial {
      encoder.initial(object, to: &chunk)
      try await flush(&chunk, over: limits.chunk, &writer)
    }
    if encoder.request.marksInitialEnd { encoder.bookmark(version, endsInitial: true, to: &chunk) }
    // The head of the answer goes out now, also where there is nothing to tell yet.
    try await writer.write(ByteBuffer(bytes: chunk))
    chunk = []

    let end = clock.now.advanced(by: encoder.request.timeout ?? limits.watchDuration * Double.random(in: 1..<2))
    var isOver = false
    while !isOver {
      try Task.checkCancellation()
      let turn = min(end, clock.now.advanced(by: limits.bookmarkInterval))
      switch await next(until: turn, clock) {
      case .events(let events):
        for event in events {
          encoder.event(event, to: &chunk)
          try await flush(&chunk, over: limits.chunk, &writer)
        }
      case .expired(let error):
        encoder.error(error, to: &chunk)
        isOver = true
      case .ended: isOver = true
      case .quiet:
        if encoder.request.wantsBookmarks, let version = watch.bookmark() {
          encoder.bookmark(version, endsInitial: false, to: &chunk)
        }
      }
      try await flush(&chunk, over: 0, &writer)
      if clock.now >= end { isOver = true }
    }
    try await writer.finish(nil)
  }

  @concurrent
  private func flush(_ chunk: inout [UInt8], over size: Int, _ writer: inout any ResponseBodyWriter) async throws {
    guard chunk.count > size else { return }
    try await writer.write(ByteBuffer(bytes: chunk))
    chunk.removeAll(keepingCapacity: true)
  }

  /// What came of waiting for a change.
  private enum Turn: Sendable {
    case events([WatchEvent])
    case expired(StatusError)
    /// There will be no more changes.
    case ended
    /// Nothing came in time.
    case quiet
  }

  /// Waits for changes until a deadline. What the watch has taken out of the history is given back in any case.
  private func next<C: Clock<Duration>>(until deadline: C.Instant, _ clock: C) async -> Turn {
    await withTaskGroup(of: Turn.self) { [watch] group in
      group.addTask {
        do throws(StatusError) {
          var changes = watch.makeAsyncIterator()
          return try await changes.next().map(Turn.events) ?? .ended
        } catch {
          return .expired(error)
        }
      }
      group.addTask {
        try? await clock.sleep(until: deadline, tolerance: nil)
        return .quiet
      }
      let first = await group.next() ?? .quiet
      group.cancelAll()
      let second = await group.next() ?? .quiet
      switch (first, second) {
      // The time was up first; that the reader then ended is our own doing.
      case (.quiet, .ended): return .quiet
      case (.quiet, let other): return other
      case (let other, _): return other
      }
    }
  }
}
