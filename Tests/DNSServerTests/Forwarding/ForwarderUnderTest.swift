// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Logging
import Naming
import TestSupport
import Testing

@testable import DNSServer

/// A forwarder without a server around it, on a clock that the test turns.
struct ForwarderUnderTest: Sendable {
  let forwarder: Forwarder
  let clock = ManualClock()
  private let index = TestObjects.index()

  init(
    _ upstreams: Upstream..., logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    change: (inout ForwardingSettings) -> Void = { _ in }
  ) {
    var settings = ForwardingSettings(upstreams: upstreams)
    settings.policy = .sequential
    settings.timeoutMilliseconds = 100
    settings.detectsLoops = false
    change(&settings)
    forwarder = Forwarder(settings, payloadSize: 1232, logger: logger, time: ForwardTime(clock))
  }

  /// Runs the forwarder while `body` uses it, and then until it has ended.
  func run<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
    async let running: Void = forwarder.run()
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body()) } catch { result = .failure(error) }
    forwarder.finish()
    await running
    return try result.get()
  }

  /// Takes a question at once; its answer comes when there is one.
  func send(
    _ name: String, _ type: RecordType = .a, from responder: Responder = Responder(payloadSize: 1232, forwards: true)
  ) throws -> PendingAnswer {
    var buffer = MessageBuffer(capacity: 4096)
    buffer.append(Message(id: .random(in: .min ... .max), question: Question(name: try Name(name), type: type)).encoded)
    let client = Client(transport: .udp, address: HostAddress("127.0.0.1")!, port: 1)
    let outcome = responder.respond(to: &buffer, from: index.snapshot, client: client, random: 0)
    guard case .forward(let question) = outcome else { throw ProgramError(text: "\(name) is ours: \(outcome)") }
    let (answers, queue) = AsyncStream<[UInt8]>.makeStream()
    forwarder.forward(question) {
      queue.yield($0)
      queue.finish()
    }
    return PendingAnswer(answers: answers)
  }

  func ask(_ name: String, _ type: RecordType = .a) async throws -> Message { try await send(name, type).message() }

  /// Compares code, TTL and data of the answer.
  func check(_ name: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await send(name).check(expected, sourceLocation: sourceLocation)
  }
}

extension ForwardQuestion {
  /// The answer that a client gets when others have given one.
  func message(_ served: ServedAnswer) throws -> Message {
    guard case .reply(let octets) = outcome(of: served, payloadSize: 1232) else {
      throw ProgramError(text: "it goes on with another question")
    }
    return try Message(parsing: octets)
  }
}

/// An answer that comes some time.
struct PendingAnswer: Sendable {
  let answers: AsyncStream<[UInt8]>

  func message() async throws -> Message {
    var message: Message?
    for await octets in answers {
      // One answer to one question.
      if message != nil { throw ProgramError(text: "answered twice") }
      message = try Message(parsing: octets)
    }
    guard let message else { throw ProgramError(text: "no answer") }
    return message
  }

  /// Compares code, TTL and data.
  func check(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let message = try await message()
    let words = ["\(message.responseCode)"] + message.answers.map { "\($0.ttl) \($0.dataText)" }
    #expect(words.joined(separator: " ") == expected, sourceLocation: sourceLocation)
  }
}
