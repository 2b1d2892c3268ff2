// SPDX-License-Identifier: Apache-2.0

// A server that says nothing any more.
extension Reflector {
  /// Runs `body`; ends it where the API server has said nothing to it for the time that `limit` gives. What it says to
  /// other exchanges does not count.
  func untilSilent<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable (LastWord) async -> Result<Value, ReadFailure>
  ) async -> Result<Value, ReadFailure> {
    await race(limit: { limit }, body) ?? .failure(ReadFailure(failure: .silent))
  }

  func untilSilent(
    _ limit: @escaping @Sendable () -> Duration,
    _ body: @escaping @Sendable (LastWord) async -> ReflectorMachine.Failure?
  ) async -> ReflectorMachine.Failure? {
    await race(limit: limit, body) ?? .silent
  }

  /// `nil`: nothing was heard for the time.
  private func race<Value: Sendable>(
    limit: @escaping @Sendable () -> Duration, _ body: @escaping @Sendable (LastWord) async -> Value
  ) async -> Value? {
    let word = LastWord(at: time.now())
    return await withTaskGroup(of: Value?.self) { group in
      group.addTask { await body(word) }
      group.addTask {
        while !Task.isCancelled {
          let left = word.time + limit() - self.time.now()
          if left <= .zero { return nil }
          try? await self.time.sleep(left)
        }
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }
}
