// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging
import Naming
import Synchronization

/// One thread that serves one UDP socket: takes what datagrams are there, answers each in the buffer that it came in,
/// and sends the answers off together.
struct DatagramWorker: Sendable {
  /// Datagrams that are taken at one time.
  static let batchSize = 32
  /// Octets of a buffer, enough for the largest answer that settings allow; longer questions are cut by the kernel,
  /// and refused.
  static let bufferSize = 4096
  /// Failures to receive in a row after which the socket is given up.
  static let maximumFailures = 100

  let socket: Descriptor
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
    let names = NameReader(index)
    var answers = ResponderReader(responder)
    var random = RandomSequence()
    var failures = 0
    while true {
      let count: Int
      do {
        count = try batch.receive(from: socket)
        failures = 0
      } catch {
        if stop.isSet { return }
        failures += 1
        guard failures < Self.maximumFailures else { throw error }
        logger.warning("DNS over UDP: \(error)")
        continue
      }
      var tally = BatchTally(arrival: MonotonicTime.nanoseconds)
      answers.refresh()
      names.withSnapshot { answer(count, of: &batch, from: $0, answers.responder, &random, &tally) }
      batch.send(to: socket)
      tally.count(in: counters)
      if tally.empty == count, stop.isSet { return }
    }
  }

  /// Answers the first `count` datagrams of a batch. Out of line: profilers count here.
  @inline(never)
  private func answer(
    _ count: Int, of batch: inout DatagramBatch, from snapshot: NameSnapshot, _ responder: borrowing Responder,
    _ random: inout RandomSequence, _ tally: inout BatchTally
  ) {
    for index in 0..<count {
      let datagram = batch.datagram(index)
      let length = datagram.length
      if length == 0 {
        tally.empty += 1
        continue
      }
      var buffer = unsafe MessageBuffer(borrowing: datagram.memory, count: length)
      let random = random.next()
      let plain = responder.answerPlain(&buffer, from: snapshot, limit: Responder.datagramLimit, random: random)
      switch plain {
      case .none: break
      case .ipv4, .ipv6:
        batch.answer(index, length: buffer.count)
        counters.countPlain(plain, request: length, response: buffer.count)
        tally.found += 1
        continue
      }
      let client = Client(
        transport: .udp,
        address: datagram.isIPv6
          ? HostAddress(ipv6High: datagram.source.high, low: datagram.source.low)
          : HostAddress(ipv4: UInt32(truncatingIfNeeded: datagram.source.low)),
        port: datagram.port)
      switch responder.respondFully(to: &buffer, from: snapshot, client: client, random: random) {
      case .reply:
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
  var empty = 0
  var found = 0
  var refused = 0

  init(arrival: UInt64) { self.arrival = arrival }

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

/// Spreads load; nothing secret depends on it (Marsaglia's xorshift).
struct RandomSequence: Sendable {
  private var state = UInt64.random(in: 1 ... .max)

  mutating func next() -> UInt32 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt32(truncatingIfNeeded: state >> 16)
  }
}
