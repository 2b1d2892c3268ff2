// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// Who may have the whole zone (AXFR, RFC 5936; IXFR, RFC 1995), and how much of the server that may take.
package struct TransferSettings: Hashable, Sendable {
  /// Octets of a message: at least the longest record beside the question, at most as far as compression pointers
  /// reach; answers in between come soon.
  package static let messageSizeRange = 1024...AnswerWriter.pointerLimit
  package static let concurrencyRange = 1...1000
  package static let durationRange: ClosedRange<Int64> = 1...86_400

  /// The clients that are given the zone; by default none. Others get REFUSED.
  package var allowedPeers: [AddressRange] = []
  /// Transfers that run at one time; a further one gets SERVFAIL, and its client tries again later. 1…1000.
  package var maximumConcurrent = 8
  /// Octets of one message. 1024…16384.
  package var messageSize = AnswerWriter.pointerLimit
  /// Seconds after which a transfer that is not done is cut off, however steadily its client reads. 1…86400.
  package var maximumSeconds: Int64 = 300

  package init(allowedPeers: [AddressRange] = []) { self.allowedPeers = allowedPeers }

  /// One line for each setting that is out of its range: its name, what it is, what is allowed.
  package func problems() -> [String] {
    var problems: [String] = []
    func check<Value: Comparable>(_ name: String, _ value: Value, _ range: ClosedRange<Value>) {
      if !range.contains(value) {
        problems.append("transfer.\(name): \(value) is not between \(range.lowerBound) and \(range.upperBound)")
      }
    }
    check("maximumConcurrent", maximumConcurrent, Self.concurrencyRange)
    check("messageSize", messageSize, Self.messageSizeRange)
    check("maximumSeconds", maximumSeconds, Self.durationRange)
    return problems
  }
}
