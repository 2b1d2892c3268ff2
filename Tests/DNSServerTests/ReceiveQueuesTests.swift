// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Testing

@testable import DNSServer

@Suite("Queues of questions: one, and more where some are lost")
struct ReceiveQueuesTests {
  private static let loopback = HostAddress("127.0.0.1")!

  /// A client's socket, connected to the server's.
  private static func client(_ port: UInt16) throws -> Descriptor {
    let client = try InternetSocket.make(isStream: false)
    _ = try InternetSocket.connect(client, octets: loopback.octets, port: port)
    try client.setBlocking()
    return client
  }

  private static func queues(_ sockets: DNSSockets) throws -> ReceiveQueues {
    let thread = sockets.threads[0]
    try thread.socket.setBlocking()
    return ReceiveQueues(thread.socket, spares: thread.spares, receiveBufferSize: DatagramWorker.receiveBufferSize)
  }

  @Test("A full batch without a loss opens no queue")
  func nothingLost() throws {
    let sockets = try DNSSockets.open(Self.loopback, port: 0)
    var queues = try Self.queues(sockets)
    let client = try Self.client(sockets.port!)
    var batch = try DatagramBatch(count: 4, size: 512)
    for _ in 0..<4 { try client.write([1]) }
    #expect(try queues.receive(&batch) == 4)
    let isOverrun = queues.isOverrun(after: batch)
    #expect(!isOverrun)
    #expect(queues.sockets.count == 1)
  }

  @Test("A flood loses questions; then each client has one of several queues, and all are answered")
  func flood() throws {
    let sockets = try DNSSockets.open(Self.loopback, port: 0)
    let port = sockets.port!
    var queues = try Self.queues(sockets)
    let flooder = try Self.client(port)
    var batch = try DatagramBatch(count: 32, size: 512)
    _ = try DatagramSocket.setReceiveBuffer(sockets.datagrams[0], size: 64 << 10)
    // More than the queue has room for.
    for _ in 0..<1000 { try flooder.write([UInt8](repeating: 7, count: 100)) }
    #expect(try queues.receive(&batch) == 32)
    let isOverrun = queues.isOverrun(after: batch)
    #expect(isOverrun)
    let isFloodedBefore = queues.isFlooded(by: ReceiveQueues.share)
    #expect(!isFloodedBefore)
    try queues.open()
    let isFlooded = queues.isFlooded(by: ReceiveQueues.share)
    #expect(isFlooded)
    #expect(queues.sockets.count == ReceiveQueues.maximumCount)
    let isStillOverrun = queues.isOverrun(after: batch)
    #expect(!isStillOverrun, "there are no more to open")

    // Some of the clients have the first queue, where the flood waits: there has to be room.
    _ = try DatagramSocket.setReceiveBuffer(sockets.datagrams[0], size: 1 << 20)
    let clients = try (0..<64).map { _ in try Self.client(port) }
    for (number, client) in clients.enumerated() { try client.write([UInt8(number)]) }
    var answered = 0
    for _ in 0..<1000 where answered < clients.count {
      let count = try queues.receive(&batch)
      for index in 0..<count where batch.length(index) == 1 {
        batch.answer(index, length: 1)
        answered += 1
      }
      batch.send(to: sockets.datagrams[0])
    }
    #expect(answered == clients.count)
    for (number, client) in clients.enumerated() where answered == clients.count {
      #expect(try client.read(upTo: 16) == [UInt8(number)], "from the address that was asked")
    }
  }

  @Test("The threads of one place share its queues", arguments: [(1, 31), (2, 15), (5, 5), (32, 0), (40, 0)])
  func spares(workers: Int, spares: Int) throws {
    let sockets = try DNSSockets.open(Self.loopback, port: 0, workers: workers)
    #expect(sockets.threads.map(\.spares.count) == Array(repeating: spares, count: workers))
  }

  @Test("One socket without spares has to do")
  func noSpares() throws {
    let sockets = try DNSSockets.open(Self.loopback, port: 0)
    var queues = ReceiveQueues(sockets.datagrams[0], spares: [], receiveBufferSize: 1 << 20)
    try sockets.datagrams[0].setBlocking()
    let client = try Self.client(sockets.port!)
    var batch = try DatagramBatch(count: 2, size: 512)
    _ = try DatagramSocket.setReceiveBuffer(sockets.datagrams[0], size: 2048)
    for _ in 0..<100 { try client.write([UInt8](repeating: 7, count: 100)) }
    #expect(try queues.receive(&batch) == 2)
    #expect(DatagramSocket.lost(at: sockets.datagrams[0]) > 0)
    let isOverrun = queues.isOverrun(after: batch)
    #expect(!isOverrun)
  }

  @Test("Some datagrams are answered and others not: each answer goes to whoever asked")
  func someAnswers() throws {
    let sockets = try DNSSockets.open(Self.loopback, port: 0)
    var queues = try Self.queues(sockets)
    let clients = try (0..<8).map { _ in try Self.client(sockets.port!) }
    for (number, client) in clients.enumerated() { try client.write([UInt8(number), 0]) }
    var batch = try DatagramBatch(count: 8, size: 512)
    #expect(try queues.receive(&batch) == 8)
    for index in 0..<8 where index % 3 == 1 { batch.answer(index, length: 1) }
    #expect(batch.send(to: sockets.datagrams[0]) == 3)
    for number in [1, 4, 7] { #expect(try clients[number].read(upTo: 16) == [UInt8(number)]) }
  }
}
