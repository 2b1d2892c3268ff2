// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Naming
import Observability

/// What is counted of the questions of one place: a socket and a transport, or of one thread of it.
struct QuestionCounters: Sendable {
  /// One row of counters, in this order. Constants, not the lengths of arrays: the hot path computes with them.
  enum Layout {
    static var sources: Int { 3 }
    static var types: Int { 19 }
    static var codes: Int { 17 }
    /// Buckets; a sum stands behind each histogram's.
    static var sizes: Int { 15 }
    static var times: Int { 22 }

    static var requests: Int { 0 }
    static var responses: Int { requests + sources * types }
    static var requestSizes: Int { responses + sources * codes }
    static var responseSizes: Int { requestSizes + sources * (sizes + 1) }
    static var durations: Int { responseSizes + sources * (sizes + 1) }
    static var count: Int { durations + sources * (times + 1) }
  }

  /// Octets: CoreDNS' buckets.
  static let sizeBounds = HistogramBounds(
    [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3])
  /// Seconds: CoreDNS' buckets, which begin at 0.25 ms, and five more below.
  static let timeBounds = HistogramBounds.exponential(first: 0.00025 / 32, count: 21)

  /// `Layout.count` of them.
  let cells = CounterCells<273>()
  /// Several threads count here.
  let isShared: Bool

  init(isShared: Bool) { self.isShared = isShared }

  /// All of them now.
  var row: [UInt64] { cells.values(0..<Layout.count) }

  func add(to row: inout [UInt64]) {
    for index in row.indices { row[index] &+= cells[index] }
  }

  /// Counts a question by its finished answer; gives where the answer is from.
  /// - Parameter source: where it is known; else the AA flag tells.
  @inline(__always)
  func count(_ answer: borrowing RawSpan, requestLength: Int, source known: AnswerSource? = nil) -> AnswerSource {
    let flags = (try? answer.bigEndian16(at: 2)) ?? 0
    let source = known ?? (flags & Header.Flags.authoritative.rawValue != 0 ? .names : .nobody)
    countRequest(answer, length: requestLength, source)
    add(1, Layout.responses + source.rawValue * Layout.codes + ResponseCodeLabel.index(flags, source))
    countSize(answer.byteCount, Layout.responseSizes + source.rawValue * (Layout.sizes + 1))
    return source
  }

  /// Counts a question without its answer.
  /// - Parameter message: any that has the question.
  @inline(__always)
  func countRequest(_ message: borrowing RawSpan, length: Int, _ source: AnswerSource) {
    add(1, Layout.requests + source.rawValue * Layout.types + TypeLabel.index(Self.questionType(message)))
    countSize(length, Layout.requestSizes + source.rawValue * (Layout.sizes + 1))
  }

  /// Counts how long each of some questions took.
  func countDuration(nanoseconds: UInt64, questions: Int = 1, source: AnswerSource) {
    let base = Layout.durations + source.rawValue * (Layout.times + 1)
    add(UInt64(questions), base + Self.timeBucket(nanoseconds))
    add(nanoseconds &* UInt64(questions), base + Layout.times)
  }

  @inline(__always)
  private func countSize(_ size: Int, _ base: Int) {
    add(1, base + Self.sizeBucket(size))
    add(UInt64(size), base + Layout.sizes)
  }

  @inline(__always)
  private func add(_ amount: UInt64, _ index: Int) {
    if isShared { cells.addShared(amount, at: index) } else { cells.add(amount, at: index) }
  }

  /// `sizeBounds.bucket`, for the hot path: most sizes are among the first few.
  @inline(__always)
  static func sizeBucket(_ size: Int) -> Int {
    if size <= 100 { return size <= 0 ? 0 : 1 }
    if size <= 200 { return 2 }
    if size <= 511 { return size <= 300 ? 3 : size <= 400 ? 4 : 5 }
    if size <= 1023 { return 6 }
    return sizeBounds.bucket(Double(size))
  }

  /// `timeBounds.bucket` without a loop: the bounds are 15,625 half nanoseconds, doubled again and again.
  static func timeBucket(_ nanoseconds: UInt64) -> Int {
    let multiple = (2 &* nanoseconds &+ 15_624) / 15_625
    return multiple <= 1 ? 0 : min(64 - (multiple - 1).leadingZeroBitCount, Layout.times - 1)
  }

  /// The type behind the question's name; 0 where there is no question.
  @inline(__always)
  private static func questionType(_ message: borrowing RawSpan) -> UInt16 {
    var offset = Header.length
    while offset < message.byteCount {
      // Answers of ours repeat the question as it was checked: labels, then a zero.
      guard let length = try? message.octet(at: offset), length < 0x40 else { return 0 }
      offset += 1 + Int(length)
      if length == 0 { return (try? message.bigEndian16(at: offset)) ?? 0 }
    }
    return 0
  }
}

extension QuestionCounters {
  /// Counts a question that was answered the short way: by our own names, which are the first source of each row, and
  /// without an error, which is the first code. For the one thread that these cells belong to.
  @inline(__always)
  func countPlain(_ answer: NameSnapshot.PlainAnswer, request: Int, response: Int) {
    let type: Int
    switch answer {
    case .none: return
    case .ipv4: type = 1
    case .ipv6: type = 2
    }
    cells.add(1, at: Layout.requests + type)
    cells.add(1, at: Layout.responses)
    cells.add(1, at: Layout.requestSizes &+ Self.sizeBucket(request))
    cells.add(UInt64(truncatingIfNeeded: request), at: Layout.requestSizes + Layout.sizes)
    cells.add(1, at: Layout.responseSizes &+ Self.sizeBucket(response))
    cells.add(UInt64(truncatingIfNeeded: response), at: Layout.responseSizes + Layout.sizes)
  }

  /// Counts a question whose answer did not come at once.
  /// - Parameter arrival: of the question, by `MonotonicTime`.
  func countLater(_ answer: [UInt8], _ source: AnswerSource, requestLength: Int, since arrival: UInt64) {
    _ = unsafe count(answer.span.bytes, requestLength: requestLength, source: source)
    countDuration(nanoseconds: MonotonicTime.nanoseconds &- arrival, source: source)
  }
}
