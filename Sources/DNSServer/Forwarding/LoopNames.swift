// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Synchronization

/// Names that were made up to find loops. Whoever asks this server for one has it from this server: the upstream that
/// it was sent to leads back here.
final class LoopNames: Sendable {
  /// A type that hardly anyone asks for.
  static let type = RecordType.hinfo

  private let links = Mutex<[Name: UpstreamLink]>([:])
  private let count = Atomic<Int>(0)

  /// A name that nobody else can ask for, to be sent to `link`.
  func make(for link: UpstreamLink) -> Name {
    func label() -> [UInt8] {
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      return Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8)
    }
    // Two labels of sixteen octets are a name.
    let name = try! Name(labels: [label(), label()])
    links.withLock { $0[name] = link }
    count.add(1, ordering: .relaxed)
    return name
  }

  func remove(_ name: Name) {
    guard links.withLock({ $0.removeValue(forKey: name) }) != nil else { return }
    count.subtract(1, ordering: .relaxed)
  }

  /// The upstream that a question was sent to before it came here.
  func link(of question: Question) -> UpstreamLink? {
    guard question.type == Self.type, count.load(ordering: .relaxed) > 0 else { return nil }
    return links.withLock { $0[question.name] }
  }
}
