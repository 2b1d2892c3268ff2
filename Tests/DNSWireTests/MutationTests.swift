// SPDX-License-Identifier: Apache-2.0
import DNSWire
import TestSupport
import Testing

@Suite("Octets from anywhere")
struct MutationTests {
  static let rounds = 20_000

  @Test("Random octets are read or refused, never more", arguments: [1, 2, 3] as [UInt64])
  func random(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<Self.rounds {
      var message = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      // Small counts and names get further than arbitrary ones.
      if message.count > 12 { for place in stride(from: 4, to: 12, by: 2) { message[place] = 0 } }
      check(message)
    }
  }

  @Test("A good message with a few octets changed", arguments: [4, 5, 6] as [UInt64])
  func mutated(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<Self.rounds {
      var message = MessageTests.compressed
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        message[Int.random(in: 0..<message.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      check(message)
    }
  }

  /// What was read holds names of legal length and data as its type has it, and can be shown.
  private func check(_ octets: [UInt8]) {
    _ = CheckResult(octets)
    guard let message = try? Message(parsing: octets) else { return }
    for record in message.answers + message.authorities + message.additionals {
      #expect(record.name.wire.count <= Name.maximumLength)
      #expect(!record.description.isEmpty)
      #expect(record.type == .opt || record.isWellFormed, "\(record)")
    }
  }
}
