// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging
import Naming
import Synchronization

/// One thread that answers over UDP: takes what datagrams are there, answers each in the buffer that it came in, and
/// sends the answers off together.
struct DatagramWorker: Sendable {
  /// Datagrams that are taken at one time.
  static let batchSize = 64
  /// Octets of a buffer, enough for the largest answer that settings allow; longer questions are cut by the kernel,
  /// and refused.
  static let bufferSize = 4096
  /// Octets of questions that wait in the kernel at most, with its own bookkeeping: some twelve hundred questions,
  /// which are answered in three milliseconds.
  static let receiveBufferSize = 1 << 20
  /// Failures to receive in a row after which the socket is given up.
  static let maximumFailures = 100
  /// Batches that are still answered when the server ends: more than queues hold, and a bound where a flood goes on.
  static let lastBatches = 1024

  let socket: Descriptor
  /// More sockets for the same place, for `ReceiveQueues`.
  let spares: [Descriptor]
  let index: NameIndex
  let responder: LiveResponder
  let forwarder: Forwarder
  /// This thread's own.
  let counters: QuestionCounters
  /// For answers that come from others, on their threads.
  let forwardCounters: QuestionCounters
  let logger: Logger
  /// Whether no answer has more than `unfragmentedSize` octets.
  let answersFitLinks: Bool

  /// Octets of an answer that an Ethernet link takes whole, with room for tunnels.
  static let unfragmentedSize = 1400

  /// Serves until `stop` is set and reception is ended; what came in before is answered. Blocks its thread.
  func run(until stop: StopFlag) throws(SystemError) {
    var batch = try DatagramBatch(count: Self.batchSize, size: Self.bufferSize, reserve: MessageBuffer.reserve)
    // Fragments can be forged in part (RFC 9715 §3.1), and the kernel numbers each datagram that may become some.
    if answersFitLinks { try? DatagramSocket.forbidFragments(socket) }
    var queues = ReceiveQueues(socket, spares: spares, receiveBufferSize: Self.receiveBufferSize)
    let names = NameReader(index)
    var answers = ResponderReader(responder)
    var random = RandomSequence()
    var failures = 0
    var batchesLeft = Self.lastBatches
    while true {
      let count: Int
      do {
        count = try queues.receive(&batch)
        failures = 0
      } catch {
        if stop.isSet { return }
        failures += 1
        guard failures < Self.maximumFailures else { throw error }
        logger.warning("DNS over UDP: \(error)")
        // Growing, five seconds in all: the kernel may be short of memory for a while.
        MonotonicTime.block(milliseconds: failures)
        continue
      }
      var tally = BatchTally(arrival: MonotonicTime.nanoseconds, isFlooded: queues.isFlooded(by: count))
      answers.refresh()
      names.withSnapshot { answer(&batch, from: $0, answers.responder, &random, &tally) }
      batch.send(to: socket)
      tally.count(in: counters)
      if queues.isOverrun(after: batch) { open(&queues) }
      if stop.isSet {
        batchesLeft -= 1
        if tally.empty == count || batchesLeft == 0 { return }
      }
    }
  }

  private func open(_ queues: inout ReceiveQueues) {
    let place = try? DatagramSocket.place(of: socket)
    let address = place.flatMap { place in
      HostAddress(octets: place.octets).map { "\(Upstream($0, port: place.port))" }
    }
    let what = "DNS over UDP, \(address ?? "?"): questions came faster than they are answered, and some were lost"
    do {
      try queues.open()
      logger.notice("\(what); they wait in \(queues.sockets.count) queues from now on, by client")
    } catch {
      logger.warning("\(what); more queues for them cannot be had: \(error)")
    }
  }

  /// Answers the datagrams of a batch. Out of line: profilers count here.
  @inline(never)
  private func answer(
    _ batch: inout DatagramBatch, from snapshot: NameSnapshot, _ responder: borrowing Responder,
    _ random: inout RandomSequence, _ tally: inout BatchTally
  ) {
    guard batch.count > 0 else { return }
    var buffer = unsafe MessageBuffer(borrowing: batch.buffer(0), count: 0)
    for index in 0..<batch.count {
      let length = batch.length(index)
      guard length > 0 else {
        tally.empty &+= 1
        continue
      }
      unsafe buffer.move(to: batch.buffer(index).baseAddress.unsafelyUnwrapped, count: length)
      let random = random.next()
      let plain = responder.answerPlain(&buffer, from: snapshot, limit: Responder.datagramLimit, random: random)
      if case .none = plain {
        answerFully(index, &buffer, of: &batch, from: snapshot, responder, random, &tally)
        continue
      }
      batch.answer(index, length: buffer.count)
      counters.countPlain(plain, request: length, response: buffer.count)
      tally.found &+= 1
    }
  }

  /// Answers any datagram. Out of line, so that what it needs costs nothing where it is not needed.
  @inline(never)
  private func answerFully(
    _ index: Int, _ buffer: inout MessageBuffer, of batch: inout DatagramBatch, from snapshot: NameSnapshot,
    _ responder: borrowing Responder, _ random: UInt32, _ tally: inout BatchTally
  ) {
    let length = buffer.count
    let source = batch.source(index)
    let client = Client(
      transport: .udp,
      address: source.isIPv6
        ? HostAddress(ipv6High: source.high, low: source.low)
        : HostAddress(ipv4: UInt32(truncatingIfNeeded: source.low)),
      port: source.port)
    switch responder.respondFully(to: &buffer, from: snapshot, client: client, random: random) {
    case .reply:
      // What has no question that can be read is told so where there is time; nobody waits for it.
      if tally.isFlooded, buffer.count == Header.length { return }
      batch.answer(index, length: buffer.count)
      let source = buffer.withMessage { counters.count($0, requestLength: length) }
      if source == .names { tally.found += 1 } else { tally.refused += 1 }
    case .ignore, .transfer: break  // No transfer over UDP: the responder has refused it.
    case .forward(let question): forward(question, to: batch.peer(index), length, tally.arrival)
    case .hold(let question, let hold):
      let send = sender(to: batch.peer(index), length, tally.arrival, .names)
      if !hold.hold(question, reply: send) { send(question.reply(from: snapshot)) }
    }
  }

  private func forward(_ question: ForwardQuestion, to peer: DatagramPeer, _ length: Int, _ arrival: UInt64) {
    forwarder.forward(question, reply: sender(to: peer, length, arrival, .forward))
  }

  /// Sends an answer that comes later, and counts it.
  private func sender(
    to peer: DatagramPeer, _ length: Int, _ arrival: UInt64, _ source: AnswerSource
  ) -> @Sendable ([UInt8]) -> Void {
    { [socket, forwardCounters, logger] octets in
      forwardCounters.countLater(octets, source, requestLength: length, since: arrival)
      do {
        try DatagramSocket.send(octets, to: peer, from: socket)
      } catch {
        logger.debug("DNS over UDP: \(error)")
      }
    }
  }
}

/// What came of the datagrams that were taken together.
private struct BatchTally {
  /// When they were there, by `MonotonicTime`.
  let arrival: UInt64
  let isFlooded: Bool
  var empty = 0
  var found = 0
  var refused = 0

  init(arrival: UInt64, isFlooded: Bool) {
    self.arrival = arrival
    self.isFlooded = isFlooded
  }

  /// Counts how long the answers took, once they are sent.
  func count(in counters: QuestionCounters) {
    let time = MonotonicTime.nanoseconds &- arrival
    if found > 0 { counters.countDuration(nanoseconds: time, questions: found, source: .names) }
    if refused > 0 { counters.countDuration(nanoseconds: time, questions: refused, source: .nobody) }
  }
}

/// Set once, read by threads.
final class StopFlag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .acquiring) }

  func set() { value.store(true, ordering: .releasing) }
}

/// Spreads load; nothing secret depends on it (Knuth's linear congruences, of which the upper half is good enough).
struct RandomSequence: Sendable {
  private var state = UInt64.random(in: .min ... .max)

  @inline(__always)
  mutating func next() -> UInt32 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt32(truncatingIfNeeded: state >> 32)
  }
}
