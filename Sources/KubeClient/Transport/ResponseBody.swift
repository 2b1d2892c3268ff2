// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// The body of an answer, whose errors are said in words for the operator.
struct ResponseBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error

  let base: ExchangeHandler.Body
  let explain: @Sendable (any Error) -> APITransportError

  func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), explain: explain) }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate var base: ExchangeHandler.Body.AsyncIterator
    fileprivate let explain: @Sendable (any Error) -> APITransportError

    mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
      do { return try await base.next(isolation: actor) } catch let error as CancellationError { throw error } catch {
        throw explain(error)
      }
    }
  }
}
