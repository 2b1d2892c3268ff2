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
  let logger: Logger

  /// Serves until `stop` is set and reception is ended; what came in before is answered. Blocks its thread.
  func run(until stop: StopFlag) throws(SystemError) {
    var batch = try DatagramBatch(count: Self.batchSize, size: Self.bufferSize)
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
      answers.refresh()
      let empty = names.withSnapshot { answer(count, of: &batch, from: $0, answers.responder, &random) }
      batch.send(to: socket)
      if empty == count, stop.isSet { return }
    }
  }

  /// Answers the first `count` datagrams of a batch; gives how many were empty. Out of line: profilers count here.
  @inline(never)
  private func answer(
    _ count: Int, of batch: inout DatagramBatch, from snapshot: NameSnapshot, _ responder: borrowing Responder,
    _ random: inout RandomSequence
  ) -> Int {
    var empty = 0
    for index in 0..<count {
      let (memory, length) = unsafe batch.buffer(index)
      if length == 0 {
        empty += 1
        continue
      }
      var buffer = unsafe MessageBuffer(borrowing: memory, count: length)
      let source = batch.source(index)
      let client = Client(
        transport: .udp,
        address: source.isIPv6
          ? HostAddress(ipv6High: source.high, low: source.low)
          : HostAddress(ipv4: UInt32(truncatingIfNeeded: source.low)),
        port: source.port)
      switch responder.respond(to: &buffer, from: snapshot, client: client, random: random.next()) {
      case .reply: batch.answer(index, length: buffer.count)
      case .ignore: break
      case .forward(let question): forward(question, to: batch.peer(index))
      case .hold(let question, let hold):
        let send = sender(to: batch.peer(index))
        if !hold.hold(question, reply: send) { send(question.reply(from: snapshot)) }
      }
    }
    return empty
  }

  private func forward(_ question: ForwardQuestion, to peer: DatagramPeer) {
    forwarder.forward(question, reply: sender(to: peer))
  }

  /// Sends an answer that comes later.
  private func sender(to peer: DatagramPeer) -> @Sendable ([UInt8]) -> Void {
    { [socket, logger] octets in
      do {
        try DatagramSocket.send(octets, to: peer, from: socket)
      } catch {
        logger.debug("DNS over UDP: \(error)")
      }
    }
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
