// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import Synchronization

/// A failure as an error.
struct ReadFailure: Error {
  var failure: ReflectorMachine.Failure
}

extension Reflector {
  /// Sends a request and gives its answer, if it is no refusal.
  func send(_ request: APIRequest, _ word: LastWord) async throws(ReadFailure) -> APIResponse {
    let response: APIResponse
    do throws(APITransportError) { response = try await transport.get(request) } catch {
      if !Task.isCancelled { logger.warning("\(error)") }
      throw ReadFailure(failure: .disconnected)
    }
    word.heard(at: time.now())
    status.update { $0.answers[ServerStatus.known(response.status), default: 0] += 1 }
    guard response.status != 200 else { return response }
    var body: [UInt8] = []
    do {
      for try await buffer in response.body {
        body.append(contentsOf: buffer.readableBytesView.prefix(settings.limits.metadata - body.count))
        if body.count == settings.limits.metadata { break }
      }
    } catch {
      // The status says enough.
    }
    var refusal = ServerStatus(code: response.status, body: body, AnswerForm(contentType: response.contentType))
    refusal.retryAfter = response.retryAfter ?? refusal.retryAfter
    throw ReadFailure(failure: .refused(refusal))
  }

  // MARK: Lists

  /// Reads a page of a list, and applies its objects.
  func read(
    _ list: ReflectorMachine.List, prefersJSON: Bool, _ word: LastWord
  ) async -> Result<ListEnd, ReadFailure> {
    var query: [APIRequest.Parameter] = []
    if let limit = list.limit { query.append(.init("limit", "\(limit)")) }
    if !list.continueToken.isEmpty { query.append(.init("continue", list.continueToken)) }
    if let version = list.version {
      query.append(.init("resourceVersion", "\(version)"))
      // With `limit` and nothing said, Kubernetes takes a version for exactly that one. 0 is any, by itself.
      if version > 0 { query.append(.init("resourceVersionMatch", "NotOlderThan")) }
    }
    var batch = ReflectedBatch()
    do throws(ReadFailure) {
      let end = try await readPage(query, prefersJSON: prefersJSON, word, onWord: status.heard) { facts in
        self.seen.withLock { $0.insert(namespace: facts.namespace, name: facts.name) }
        self.names.add(facts, exists: true, to: &batch)
        if batch.count >= Self.batchSize { self.names.apply(&batch, isNews: false) }
      }
      names.apply(&batch, isNews: false)
      return .success(end)
    } catch {
      // What was read is so, though it is not all.
      names.apply(&batch, isNews: false)
      return .failure(error)
    }
  }

  /// Reads a page of a list.
  /// - Parameter onWord: told when a page that is no refusal begins, and of each piece of it that made sense.
  func readPage(
    _ query: [APIRequest.Parameter], prefersJSON: Bool, _ word: LastWord, onWord: (Duration) -> Void = { _ in },
    _ take: (ObjectFacts) -> Void
  ) async throws(ReadFailure) -> ListEnd {
    let response = try await send(scope.request(query, prefersJSON: prefersJSON), word)
    onWord(time.now())
    var reader = ListReader(
      scope.kind, AnswerForm(contentType: response.contentType), limits: settings.limits)
    do {
      for try await buffer in response.body {
        let now = time.now()
        word.heard(at: now)
        try reader.read(buffer, take)
        onWord(now)
      }
    } catch {
      throw ReadFailure(failure: failure(error, "list"))
    }
    do throws(DecodingProblem) { return try reader.finish() } catch {
      throw ReadFailure(failure: failure(error, "list"))
    }
  }

  private func failure(_ error: any Error, _ what: String) -> ReflectorMachine.Failure {
    if !Task.isCancelled { logger.warning("\(what): \(error)") }
    return error is DecodingProblem ? .undecodable : .disconnected
  }

  // MARK: Watches

  /// Reads a watch to its end, and applies its events as they come.
  /// - Parameter onComplete: called when all objects that there are have been told, with their version.
  func read(
    _ watch: ReflectorMachine.Watch, prefersJSON: Bool, _ progress: WatchProgress, _ word: LastWord,
    onComplete: (UInt64) -> Void
  ) async -> ReflectorMachine.Failure? {
    var query: [APIRequest.Parameter] = [
      .init("watch", "true"), .init("allowWatchBookmarks", "true"),
      .init("timeoutSeconds", "\(Int.random(in: settings.watchSeconds))"),
    ]
    if watch.isInitial {
      query += [.init("sendInitialEvents", "true"), .init("resourceVersionMatch", "NotOlderThan")]
    }
    if let version = watch.version { query.append(.init("resourceVersion", "\(version)")) }
    let response: APIResponse
    do throws(ReadFailure) { response = try await send(scope.request(query, prefersJSON: prefersJSON), word) } catch {
      return error.failure
    }
    status.heard(at: time.now())
    var reader = WatchReader(scope.kind, AnswerForm(contentType: response.contentType), limits: settings.limits)
    var batch = ReflectedBatch()
    var failure: ReflectorMachine.Failure?
    do {
      for try await buffer in response.body {
        let now = time.now()
        word.heard(at: now)
        try reader.read(buffer) { event in
          if failure == nil { failure = self.take(event, &batch, progress, onComplete) }
        }
        apply(&batch, progress)
        if failure != nil { return failure }
        status.heard(at: now)
      }
    } catch {
      apply(&batch, progress)
      return self.failure(error, "watch")
    }
    return reader.isBetweenEvents ? nil : .disconnected
  }

  /// Takes one event into the batch. The end of what there was is worked in at once.
  private func take(
    _ event: WatchEvent, _ batch: inout ReflectedBatch, _ progress: WatchProgress, _ onComplete: (UInt64) -> Void
  ) -> ReflectorMachine.Failure? {
    switch event {
    case .updated(let facts):
      if !progress.isComplete { seen.withLock { $0.insert(namespace: facts.namespace, name: facts.name) } }
      add(facts, exists: true, to: &batch, progress)
    case .deleted(let facts):
      add(facts, exists: false, to: &batch, progress)
    case .bookmark(let version, let endsInitial):
      progress.told(version)
      if progress.isComplete { break }
      guard endsInitial else {
        return .misunderstood
      }
      apply(&batch, progress)
      progress.complete(at: version)
      onComplete(version)
    case .error(let status):
      return .refused(status)
    }
    return nil
  }

  private func add(_ facts: ObjectFacts, exists: Bool, to batch: inout ReflectedBatch, _ progress: WatchProgress) {
    progress.told(facts.version)
    names.add(facts, exists: exists, to: &batch)
    if batch.count >= Self.batchSize { apply(&batch, progress) }
  }

  private func apply(_ batch: inout ReflectedBatch, _ progress: WatchProgress) {
    guard progress.isComplete, let version = progress.version else {
      names.apply(&batch, isNews: false)
      return
    }
    // As one step: a comparison that begins goes by a version up to which everything is applied, and is told of what
    // is applied later.
    check.withLock { check in
      if check != nil {
        for (namespace, name) in batch.objects { check?.touched.insert(namespace: namespace, name: name) }
      }
      names.apply(&batch, isNews: true)
      status.update { $0.version = version }
    }
    settleCheck(at: version)
  }
}
