// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Finds the UDP flows that the kernel takes to endpoints that are gone.
///
/// It looks into the network namespace that the process is in, so it is a process of its own: the hidden subcommand. It
/// reads the flows that are right, one in a line as in ``Ruleset/flows``, and prints where others are as
/// ``TrackedFlow/place`` has it.
package enum FlowSurvey {
  /// The hidden subcommand.
  package static let subcommand = "survey-flows"
  /// Flows that are printed, so that no output grows without bound; others lose a packet.
  static let maximumFlows = 8192
  /// Seconds in which the kernel has to go on with its answer.
  private static let answerSeconds = 5

  package static func main() -> Int32 {
    do {
      var input: [UInt8] = []
      while case let part = try Descriptor.standardInput.read(upTo: 1 << 16), !part.isEmpty { input += part }
      let right = Set(String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init))
      let places = try places(besides: right).sorted().prefix(maximumFlows)
      try Descriptor.standardOutput.write(Array(places.map { $0 + "\n" }.joined().utf8))
      return 0
    } catch {
      try? Descriptor.standardError.write(Array("\(error)\n".utf8))
      return 1
    }
  }

  private static func places(besides right: Set<String>) throws(SystemError) -> Set<String> {
    let kernel = try Netlink.netfilter(answerSeconds: answerSeconds)
    try kernel.write(TrackedFlow.dump(sequence: 1).bytes)
    var dump = Dump(sequence: 1)
    var places: Set<String> = []
    while !dump.isAtEnd {
      let messages = NetlinkMessage.all(in: try kernel.read(upTo: Netlink.maximumDatagram))
      for flow in try dump.take(messages) where !right.contains(flow.text) { places.insert(flow.place) }
    }
    return places
  }

  /// The answers to one request for the table.
  struct Dump {
    let sequence: UInt32
    private(set) var isAtEnd = false

    init(sequence: UInt32) { self.sequence = sequence }

    mutating func take(_ messages: [NetlinkMessage]) throws(SystemError) -> [TrackedFlow] {
      var flows: [TrackedFlow] = []
      for message in messages where message.sequence == sequence {
        switch message.type {
        case NetlinkMessage.doneType where message.errorCode == 0: isAtEnd = true
        case NetlinkMessage.doneType, NetlinkMessage.errorType:
          throw SystemError("list the flows of UDP", code: message.errorCode)
        default: if let flow = TrackedFlow(message) { flows.append(flow) }
        }
      }
      return flows
    }
  }
}
