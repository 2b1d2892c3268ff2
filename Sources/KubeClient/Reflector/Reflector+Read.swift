// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import Synchronization

/// A failure as an error.
struct ReadFailure: Error {
  var failure: ReflectorMachine.Failure
}

extension Reflector {
  /// Sends a request and gives its answer and the form of that, if it is an API server's and no refusal.
  func send(
    _ request: APIRequest, _ word: LastWord
  ) async throws(ReadFailure) -> (response: APIResponse, form: AnswerForm) {
    let response: APIResponse
    do throws(APITransportError) { response = try await transport.get(request) } catch {
      if !Task.isCancelled { logger.warning("\(error)") }
      throw ReadFailure(failure: .disconnected)
    }
    word.heard(at: time.now())
    status.update { $0.answers[ServerStatus.known(response.status), default: 0] += 1 }
    let form = AnswerForm(contentType: response.contentType)
    guard response.status == 200 else {
      let body = await beginning(of: response, settings.limits.metadata)
      var refusal = ServerStatus(code: response.status, body: body, form ?? .json)
      refusal.retryAfter = response.retryAfter ?? refusal.retryAfter
      throw ReadFailure(failure: .refused(refusal))
    }
    guard let form else {
      await sayForeign(response, to: request)
      throw ReadFailure(failure: .foreign)
    }
    tellReturn()
    return (response, form)
  }

  /// The first octets of a body, as far as they come.
  private func beginning(of response: APIResponse, _ count: Int) async -> [UInt8] {
    var body: [UInt8] = []
    do {
      for try await buffer in response.body {
        body.append(contentsOf: buffer.readableBytesView.prefix(count - body.count))
        if body.count == count { break }
      }
    } catch {
      // What came before says enough.
    }
    return body
  }

  private func sayForeign(_ response: APIResponse, to request: APIRequest) async {
    let words = String(decoding: await beginning(of: response, DecodingProblem.shown), as: UTF8.self)
    guard !Task.isCancelled else { return }
    let type = response.contentType.isEmpty ? "no type" : response.contentType.line(of: DecodingProblem.shown)
    logger.warning(
      """
      GET \(request.path): the answer is of \(type), and not of JSON or protobuf as an API server's: \
      "\(words.line(of: DecodingProblem.shown))"; is a proxy or a login page on the way?
      """)
  }

  /// The server answers: where it did not, says so in the log, and to those that wait for it.
  private func tellReturn() {
    let (since, isKnown) = status.back()
    guard let since else { return }
    returns.tell()
    let away = time.now() - since
    if away < settings.backoff.first {
      // A connection was cut, and is there again.
      logger.info("the API server answers\(isKnown ? " again" : "") at once")
      return
    }
    if isKnown { schedule.bringForward(to: settings.checkInterval / Self.checksAfterOutage) }
    let seconds = away.components.seconds
    let text = seconds > 0 ? "\(seconds) s" : "less than a second"
    logger.warning("the API server answers\(isKnown ? " again" : ""); it did not for \(text)")
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
  /// - Parameter onWord: told of each piece that had whole objects, and of the page's end.
  func readPage(
    _ query: [APIRequest.Parameter], prefersJSON: Bool, _ word: LastWord, onWord: (Duration) -> Void = { _ in },
    _ take: (ObjectFacts) -> Void
  ) async throws(ReadFailure) -> ListEnd {
    let (response, form) = try await send(scope.request(query, prefersJSON: prefersJSON), word)
    var reader = ListReader(scope.kind, form, limits: settings.limits)
    do {
      for try await buffer in response.body {
        let now = time.now()
        word.heard(at: now)
        var hasObjects = false
        try reader.read(buffer) { facts in
          hasObjects = true
          take(facts)
        }
        if hasObjects { onWord(now) }
      }
    } catch {
      throw ReadFailure(failure: failure(error, "list"))
    }
    do throws(DecodingProblem) {
      let end = try reader.finish()
      onWord(time.now())
      return end
    } catch {
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
    let answer: (response: APIResponse, form: AnswerForm)
    do throws(ReadFailure) { answer = try await send(scope.request(query, prefersJSON: prefersJSON), word) } catch {
      return error.failure
    }
    if !watch.isInitial { status.opened(at: time.now()) }
    var reader = WatchReader(scope.kind, answer.form, limits: settings.limits)
    var batch = ReflectedBatch()
    var hasTold = false
    var failure: ReflectorMachine.Failure?
    do {
      for try await buffer in answer.response.body {
        let now = time.now()
        word.heard(at: now)
        var hasEvents = false
        try reader.read(buffer) { event in
          hasEvents = true
          if failure == nil { failure = self.take(event, &batch, progress, onComplete) }
        }
        apply(&batch, progress)
        if failure != nil { return failure }
        if hasEvents { status.heard(at: now) }
        hasTold = hasTold || hasEvents
      }
    } catch {
      apply(&batch, progress)
      return self.failure(error, "watch")
    }
    if reader.isBetweenEvents { return nil }
    logger.warning("watch: it ended in the middle of an event")
    // The beginning of what never becomes an event is none.
    return hasTold ? .disconnected : .undecodable
  }

  /// Takes one event into the batch. The end of what there was is worked in at once.
  private func take(
    _ event: WatchEvent, _ batch: inout ReflectedBatch, _ progress: WatchProgress, _ onComplete: (UInt64) -> Void
  ) -> ReflectorMachine.Failure? {
    switch event {
    case .updated(let facts):
      if !progress.isComplete { seen.withLock { $0.insert(namespace: facts.namespace, name: facts.name) } }
      return add(facts, exists: true, to: &batch, progress)
    case .deleted(let facts):
      return add(facts, exists: false, to: &batch, progress)
    case .bookmark(let version, let endsInitial):
      guard progress.told(version) else { return .goneBack }
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

  private func add(
    _ facts: ObjectFacts, exists: Bool, to batch: inout ReflectedBatch, _ progress: WatchProgress
  ) -> ReflectorMachine.Failure? {
    guard progress.told(facts.version) else { return .goneBack }
    names.add(facts, exists: exists, to: &batch)
    if batch.count >= Self.batchSize { apply(&batch, progress) }
    return nil
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
