// SPDX-License-Identifier: Apache-2.0
import DNSWire

// SRV records: priority 0, weight 0.
extension ServiceRecords {
  /// One SRV record.
  struct Target {
    /// A host's number; `itself` for the Service's own name.
    var host: Int
    var port: UInt16

    static let itself = Int(UInt32.max)
  }

  /// SRV records of hosts whose numbers follow each other, for one port. In memory: 32, 32 and 16 bits.
  struct TargetRun {
    static let length = 10

    var first: Int
    var count: Int
    var port: UInt16

    func contains(_ host: Int) -> Bool { host >= first && host < first + count }
  }

  /// The SRV records of one name. In memory: the offsets of prefix and runs, the numbers of targets and of runs (32
  /// bits each), and the lengths of the prefix and of its first label (8 each).
  struct TargetSet {
    static let length = 18

    /// `_port` and `_proto` as labels in wire format; empty for the Service's own name.
    var prefix: Range<Int>
    /// Octets of `_port` with its length octet; the rest is `_proto`.
    var portLabelLength: Int
    var runs: Int
    var runCount: Int
    /// Records in all runs.
    var count: Int
  }

  var setCount: Int { Int(block.word16(at: Field.setCount)) }

  func set(_ index: Int) -> TargetSet {
    let place = field(Field.sets) + index * TargetSet.length
    let prefix = field(place)
    return TargetSet(
      prefix: prefix..<(prefix + Int(block.octet(at: place + 16))), portLabelLength: Int(block.octet(at: place + 17)),
      runs: field(place + 4), runCount: field(place + 12), count: field(place + 8))
  }

  func run(_ index: Int, of set: TargetSet) -> TargetRun {
    let place = set.runs + index * TargetRun.length
    return TargetRun(first: field(place), count: field(place + 4), port: block.word16(at: place + 8))
  }

  /// The set of SRV records whose two labels are the first `end` octets of `name`.
  func targetSet(_ name: borrowing QueryName, upTo end: Int) -> Int? {
    for index in 0..<setCount {
      let prefix = set(index).prefix
      if prefix.count == end, block.withBytes({ name.isEqual(0..<end, to: $0, at: prefix.lowerBound) }) {
        return index
      }
    }
    return nil
  }

  /// Whether a name with this first label, such as `_tcp`, has SRV records below it.
  func hasTransport(_ name: borrowing QueryName, upTo end: Int) -> Bool {
    for index in 0..<setCount {
      let set = set(index)
      let start = set.prefix.lowerBound + set.portLabelLength
      if set.prefix.upperBound - start == end, end > 0, block.withBytes({ name.isEqual(0..<end, to: $0, at: start) }) {
        return true
      }
    }
    return false
  }

  /// The SRV records of the Service's own name: the last set.
  var ownTargetSet: Int? { setCount > 0 ? setCount - 1 : nil }

  /// Walks over the targets of a set from one on, round to the one before it.
  struct TargetCursor {
    private let records: ServiceRecords
    private let set: TargetSet
    private var runIndex = 0
    private var run: TargetRun
    private var offset: Int

    /// - Parameter first: less than the set's number of targets.
    init(_ records: ServiceRecords, _ set: TargetSet, from first: Int) {
      self.records = records
      self.set = set
      run = records.run(0, of: set)
      offset = first
      while offset >= run.count {
        offset -= run.count
        runIndex += 1
        run = records.run(runIndex, of: set)
      }
    }

    mutating func next() -> Target {
      if offset == run.count {
        runIndex = runIndex + 1 == set.runCount ? 0 : runIndex + 1
        run = records.run(runIndex, of: set)
        offset = 0
      }
      defer { offset += 1 }
      return Target(host: run.first + offset, port: run.port)
    }
  }

  /// Where the label of a target's host is; empty for the Service itself.
  func label(_ target: Target) -> Range<Int> { target.host == Target.itself ? 0..<0 : label(target.host) }

  func addresses(_ target: Target, _ type: RecordType) -> Run {
    target.host == Target.itself ? addresses(type) : addresses(target.host, type)
  }
}
