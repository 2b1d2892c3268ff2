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
  /// Dumps of a table that changes while the kernel reads it.
  private static let maximumDumps = 4

  package static func main() -> Int32 {
    do {
      var input: [UInt8] = []
      while case let part = try Descriptor.standardInput.read(upTo: 1 << 16), !part.isEmpty { input += part }
      let right = Set(String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init))
      let places = try places(besides: right).sorted().prefix(BaseChains.flowLimit / 2)
      try Descriptor.standardOutput.write(Array(places.map { $0 + "\n" }.joined().utf8))
      return 0
    } catch {
      try? Descriptor.standardError.write(Array("\(error)\n".utf8))
      return 1
    }
  }

  private static func places(besides right: Set<String>) throws(SystemError) -> Set<String> {
    let kernel = try Netlink.netfilter()
    var places: Set<String> = []
    for sequence in 1...UInt32(maximumDumps) {
      try kernel.write(TrackedFlow.dump(sequence: sequence).bytes)
      var dump = Dump(sequence: sequence)
      while !dump.isAtEnd {
        let messages = NetlinkMessage.all(in: try kernel.read(upTo: Netlink.maximumDatagram))
        for flow in try dump.take(messages) where !right.contains(flow.text) { places.insert(flow.place) }
      }
      if dump.isWhole { break }
    }
    return places
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
