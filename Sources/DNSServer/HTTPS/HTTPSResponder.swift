// SPDX-License-Identifier: Apache-2.0
import DNSWire
import HTTPTypes
import HummingbirdCore
import LinuxSystem
import NIOCore
import Naming

/// Answers HTTP requests that carry a question (RFC 8484), one at a time.
struct HTTPSResponder: Sendable {
  static let path = "/dns-query"
  static let parameter = "dns"
  static let mediaType = "application/dns-message"

  /// An answer, or the status of a request that is none.
  typealias Reply = (head: HTTPResponse, body: ResponseBody)

  let index: NameIndex
  let responder: LiveResponder
  let forwarder: Forwarder
  let metrics: ServerMetrics

  func respond(to request: Request, on channel: any Channel) async -> Reply {
    let parts = (request.head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first, path == Self.path else { return Self.refuse(.notFound) }
    let question: [UInt8]
    switch request.method {
    case .get:
      guard parts.count == 2, let text = QueryText.value(of: Self.parameter, in: parts[1]),
        let octets = Base64URL.decode(text)
      else { return Self.refuse(.badRequest) }
      question = octets
    case .post:
      guard Self.isMessage(request.headers[.contentType]) else { return Self.refuse(.unsupportedMediaType) }
      do {
        let body = try await request.body.collect(upTo: StreamConnection.messageLimit)
        question = Array(body.readableBytesView)
      } catch is NIOTooManyBytesError {
        return Self.refuse(.contentTooLarge)
      } catch {
        return Self.refuse(.badRequest)
      }
    default:
      var reply = Self.refuse(.methodNotAllowed)
      reply.head.headerFields[.allow] = "GET, POST"
      return reply
    }
    guard question.count <= StreamConnection.messageLimit else { return Self.refuse(.contentTooLarge) }
    let counters = metrics.counters(for: place(of: channel), isShared: true)
    guard let answer = await answer(question, from: Self.client(of: channel), counters) else {
      return Self.refuse(.badRequest)
    }
    return (
      HTTPResponse(
        status: .ok,
        headerFields: [
          .contentType: Self.mediaType, .contentLength: "\(answer.count)",
          .cacheControl: "max-age=\(AnswerFreshness.seconds(answer))",
        ]),
      ResponseBody(byteBuffer: ByteBuffer(bytes: answer))
    )
  }

  /// - Returns: `nil` for what is no question at all.
  private func answer(
    _ question: [UInt8], from client: Client, _ counters: QuestionCounters
  ) async -> [UInt8]? {
    let arrival = MonotonicTime.nanoseconds
    let (outcome, octets) = MessageScratch.answer(
      question, by: ResponderReader(responder).responder, from: index.snapshot, client: client,
      random: .random(in: 0 ... .max))
    let later: [UInt8]
    let source: AnswerSource
    switch outcome {
    case .reply:
      let source = unsafe counters.count(octets.span.bytes, requestLength: question.count)
      counters.countDuration(nanoseconds: MonotonicTime.nanoseconds &- arrival, source: source)
      return octets
    // A transfer is many messages; HTTP carries one, and is refused it.
    case .ignore, .transfer:
      return nil
    case .forward(let forwarded):
      source = .forward
      later = await withCheckedContinuation { continuation in
        forwarder.forward(forwarded) { continuation.resume(returning: $0) }
      }
    case .hold(let held, let hold):
      source = .names
      later = await withCheckedContinuation { continuation in
        if !hold.hold(held, reply: { continuation.resume(returning: $0) }) {
          continuation.resume(returning: held.reply(from: index.snapshot))
        }
      }
    }
    counters.countLater(later, source, requestLength: question.count, since: arrival)
    return later
  }

  private func place(of channel: any Channel) -> ServerMetrics.Place {
    let local = channel.localAddress
    let address = local?.ipAddress.flatMap { HostAddress($0) } ?? HostAddress(ipv4: 0)
    return metrics.place(Upstream(address, port: UInt16(truncatingIfNeeded: local?.port ?? 0)), transport: .https)
  }

  private static func client(of channel: any Channel) -> Client {
    let peer = channel.remoteAddress
    return Client(
      transport: .https, address: peer?.ipAddress.flatMap { HostAddress($0) } ?? HostAddress(ipv4: 0),
      port: UInt16(truncatingIfNeeded: peer?.port ?? 0))
  }

  private static func isMessage(_ contentType: String?) -> Bool {
    guard let name = contentType?.split(separator: ";").first else { return false }
    return name.trimmingSuffix { $0 == " " }.lowercased() == mediaType
  }

  private static func refuse(_ status: HTTPResponse.Status) -> Reply {
    (HTTPResponse(status: status, headerFields: [.contentLength: "0"]), ResponseBody())
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, predicate(last) { text.removeLast() }
    return text
  }
}
