// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// Finds the senders whose UDP flows the kernel takes to endpoints that are gone.
///
/// It looks into the network namespace that the process is in, so it is a process of its own: the hidden subcommand. It
/// reads the flows that are right, one in a line as in ``Ruleset/flows``, and prints the senders of others as
/// ``TrackedFlow/sender`` has them.
package enum FlowSurvey {
  /// The hidden subcommand.
  package static let subcommand = "survey-flows"
  /// Dumps of a table that changes while the kernel reads it.
  private static let maximumDumps = 4

  package static func main() -> Int32 {
    do {
      var input: [UInt8] = []
      while case let part = try Descriptor.standardInput.read(upTo: 1 << 16), !part.isEmpty { input += part }
      let right = Set(String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init))
      let senders = try senders(besides: right).sorted().prefix(BaseChains.senderLimit / 2)
      try Descriptor.standardOutput.write(Array(senders.map { $0 + "\n" }.joined().utf8))
      return 0
    } catch {
      try? Descriptor.standardError.write(Array("\(error)\n".utf8))
      return 1
    }
  }

  private static func senders(besides right: Set<String>) throws(SystemError) -> Set<String> {
    let kernel = try Netlink.netfilter()
    var senders = Senders()
    for sequence in 1...UInt32(maximumDumps) {
      try kernel.write(TrackedFlow.dump(sequence: sequence).bytes)
      var dump = Dump(sequence: sequence)
      while !dump.isAtEnd {
        let messages = NetlinkMessage.all(in: try kernel.read(upTo: Netlink.maximumDatagram))
        for flow in try dump.take(messages) { senders.add(flow, isRight: right.contains(flow.text)) }
      }
      if dump.isWhole { break }
    }
    return senders.astray
  }

  /// What is known of senders from their flows.
  ///
  /// A flow that its sender has left, for another zone, is still listed until its time is over. Zones are given out in
  /// rising order, so the flows in the highest one are those that go on. Where the numbers have begun anew, a sender may
  /// be overlooked, which costs it a packet.
  struct Senders {
    private var newest: [String: (zone: UInt16, isAstray: Bool)] = [:]

    /// Those with a flow to an endpoint that is gone.
    var astray: Set<String> { Set(newest.lazy.filter(\.value.isAstray).map(\.key)) }

    mutating func add(_ flow: TrackedFlow, isRight: Bool) {
      let known = newest[flow.sender] ?? (flow.zone, false)
      if flow.zone < known.zone { return }
      newest[flow.sender] = (flow.zone, !isRight || flow.zone == known.zone && known.isAstray)
    }
  }

  /// The answers to one request for the table.
  private struct Dump {
    let sequence: UInt32
    var isAtEnd = false
    /// Whether the table stood still while the kernel read it.
    var isWhole = true

    mutating func take(_ messages: [NetlinkMessage]) throws(SystemError) -> [TrackedFlow] {
      var flows: [TrackedFlow] = []
      for message in messages where message.sequence == sequence {
        if message.flags.contains(.dumpInterrupted) { isWhole = false }
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
