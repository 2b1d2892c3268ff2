// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Carries out `body` for each item, up to `limit` at a time, so that a store can make several writes durable at once.
///
/// All items are tried; then the first error is thrown.
func concurrently<Item: Sendable>(
  _ items: some Sequence<Item>, limit: Int = 32, _ body: @escaping @Sendable (Item) async throws(StatusError) -> Void
) async throws(StatusError) {
  let failure = await withTaskGroup(of: StatusError?.self) { group in
    var failure: StatusError?
    var running = 0
    for item in items {
      if running == limit, let result = await group.next() {
        failure = failure ?? result
        running -= 1
      }
      group.addTask {
        do throws(StatusError) {
          try await body(item)
          return nil
        } catch {
          return error
        }
      }
      running += 1
    }
    for await result in group { failure = failure ?? result }
    return failure
  }
  if let failure { throw failure }
}
