// SPDX-License-Identifier: Apache-2.0
import Foundation
import FuzzTargets
import Testing

/// What libFuzzer runs for hours, for a moment and with the same outcome each time.
@Suite("Fuzz targets")
struct FuzzTargetTests {
  /// Inputs tried of each seed.
  static func rounds(_ target: FuzzTarget) -> Int {
    switch target {
    case .message: 20_000
    case .answer: 50_000
    case .zone: 150
    case .objects: 2000
    }
  }

  @Test("Inputs to start from", arguments: FuzzTarget.allCases)
  func seeds(target: FuzzTarget) throws {
    #expect(target.seeds.count > 10)
    for seed in target.seeds { try run(target, seed) }
  }

  @Test("Mutated inputs", arguments: FuzzTarget.allCases, [1, 2, 3] as [UInt64])
  func mutated(target: FuzzTarget, seed: UInt64) async throws {
    var mutator = Mutator(seed: seed)
    let seeds = target.seeds
    for round in 0..<Self.rounds(target) {
      if round % 100 == 0 { await Task.yield() }  // Other tests wait for a thread.
      try run(target, mutator.mutated(seeds))
    }
  }

  @Test("What once failed", arguments: try Crasher.all())
  func crasher(_ crasher: Crasher) throws {
    try run(crasher.target, crasher.input)
  }

  private func run(_ target: FuzzTarget, _ input: [UInt8]) throws {
    do { try target.run(input) } catch {
      Issue.record("\(target.rawValue): \(error)\n\(HexText.text(input))")
      throw error
    }
  }

  @Test("Hexadecimal text there and back")
  func hexText() throws {
    let octets = (0..<100).map { UInt8($0 &* 5 & 255) }
    #expect(try HexText.octets(HexText.text(octets)) == octets)
    #expect(try HexText.octets("0a FF # a remark\n\n0 1") == [10, 255, 1])
    #expect(throws: FuzzFailure.self) { try HexText.octets("0") }
    #expect(throws: FuzzFailure.self) { try HexText.octets("0g") }
  }

  @Test("The same seed makes the same inputs, and another one others")
  func mutator() {
    func inputs(_ seed: UInt64) -> [[UInt8]] {
      var mutator = Mutator(seed: seed)
      return (0..<100).map { _ in mutator.mutated(FuzzTarget.message.seeds, keeping: 2) }
    }
    #expect(inputs(1) == inputs(1))
    #expect(inputs(1) != inputs(2))
    let starts = Set(FuzzTarget.message.seeds.map { $0.prefix(2) })
    #expect(inputs(3).allSatisfy { starts.contains($0.prefix(2)) })
  }
}

/// An input that once failed: `Crashers/TARGET/NAME.hex`.
struct Crasher: Sendable, CustomTestStringConvertible {
  var target: FuzzTarget
  var name: String
  var input: [UInt8]

  var testDescription: String { "\(target.rawValue)/\(name)" }

  static func all() throws -> [Crasher] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Crashers")
    return try FuzzTarget.allCases.flatMap { target in
      let place = folder.appending(path: target.rawValue)
      let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      return try names.sorted().map { name in
        let text = try String(contentsOf: place.appending(path: name), encoding: .utf8)
        return Crasher(target: target, name: name, input: try HexText.octets(text))
      }
    }
  }
}
