// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// A comparison that is under way: which objects have changed since it began, and are left out of it.
struct ReflectorCheck: Sendable {
  var touched = SeenNames()
  /// What was known and not listed, by a list of this version. It is settled when the watch has come as far.
  var missing: (version: UInt64, names: [(namespace: [UInt8], name: [UInt8])])?
}

extension Reflector {
  /// Now and then compares what is known with what the API server has; what differs is counted, logged, and mended.
  /// Watches go on meanwhile.
  func checkAgainAndAgain() async {
    while !Task.isCancelled {
      await schedule.wait()
      if !Task.isCancelled { schedule.compared(isDone: await compare()) }
    }
  }

  /// How many comparisons would fit into their interval if all were as soon as the one after an outage.
  static let checksAfterOutage = 6

  /// Compares with the objects as they were at the version that is answered from, or where the server does not have
  /// that any more, as they are now: then newer ones are left to the watch.
  /// - Returns: false where that failed. What is being read again needs none.
  @discardableResult
  func compare() async -> Bool {
    let start: UInt64? = check.withLock { check in
      let current = status.current
      guard current.isWatching else { return nil }
      check = ReflectorCheck()
      return current.version
    }
    guard let start else { return true }
    do throws(ReadFailure) {
      do throws(ReadFailure) {
        try await compare(
          since: start, [.init("resourceVersion", "\(start)"), .init("resourceVersionMatch", "Exact")])
      } catch {
        guard case .refused(let status) = error.failure, [400, 410, 422, 504].contains(status.code) else { throw error }
        try await compare(since: start, [])
      }
      status.update { $0.checks += 1 }
      return true
    } catch {
      logger.info("what is known was not compared: \(error.failure.word)")
      check.withLock { $0 = nil }
      return false
    }
  }

  private func compare(since start: UInt64, _ version: [APIRequest.Parameter]) async throws(ReadFailure) {
    let listed = Mutex(SeenNames())
    var end = ListEnd()
    var former = ""
    repeat {
      // Pages that lead to themselves have no end.
      if !former.isEmpty, end.continueToken == former { throw ReadFailure(failure: .undecodable) }
      former = end.continueToken
      var query = [APIRequest.Parameter("limit", "\(settings.pageSize)")]
      query += end.continueToken.isEmpty ? version : [.init("continue", end.continueToken)]
      let page = query
      end = try await untilSilent(settings.listSilence) { word in
        do throws(ReadFailure) {
          return .success(
            try await self.readPage(page, prefersJSON: !self.settings.usesProtobuf, word) { facts in
              listed.withLock { $0.insert(namespace: facts.namespace, name: facts.name) }
              if facts.version <= start { self.compare(facts) }
            })
        } catch {
          return .failure(error)
        }
      }.get()
    } while !end.continueToken.isEmpty && !Task.isCancelled
    let all = listed.withLock { $0 }
    check.withLock { check in
      guard let touched = check?.touched else { return }
      var missing: [(namespace: [UInt8], name: [UInt8])] = []
      _ = names.removals(scope) { namespace, name in
        let isKnown = all.contains(namespace: namespace, name: name)
          || touched.contains(namespace: namespace, name: name)
        if !isKnown { missing.append((namespace, name)) }
        return true
      }
      check?.missing = (end.version, missing)
    }
    settleCheck(at: status.version)
  }

  private func compare(_ facts: ObjectFacts) {
    check.withLock { check in
      guard let touched = check?.touched,
        !touched.contains(namespace: Array(facts.namespace.utf8), name: Array(facts.name.utf8))
      else { return }
      var batch = ReflectedBatch()
      names.add(facts, exists: true, to: &batch)
      if names.apply(&batch, isNews: false) { differs([(facts.namespace, facts.name)]) }
    }
  }

  /// Removes what was not listed, if the watch has come as far as that list and has not told of it.
  func settleCheck(at version: UInt64) {
    check.withLock { check in
      guard let missing = check?.missing, missing.version <= version, let touched = check?.touched else { return }
      check = nil
      var gone = SeenNames()
      for (namespace, name) in missing.names where !touched.contains(namespace: namespace, name: name) {
        gone.insert(namespace: namespace, name: name)
      }
      guard gone.count > 0 else { return }
      var removals = names.removals(scope) { !gone.contains(namespace: $0, name: $1) }
      let objects = removals.objects
      if names.apply(&removals, isNews: false) { differs(objects) }
    }
  }

  private func differs(_ objects: [(namespace: String, name: String)]) {
    status.update { $0.differences += objects.count }
    doubts.tell(at: time.now())
    let names = objects.prefix(Self.namedDifferences).map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")
    logger.error("what was known differed from what the API server has, and was mended: \(names)")
  }

  /// Objects that a line of the log names.
  private static let namedDifferences = 10
}
