// SPDX-License-Identifier: Apache-2.0

/// What brings the kernel from the rules that are in force to others, in this order.
///
/// Between the first step and the last, a flow whose endpoint is gone still reaches it: an endpoint that ends answers
/// for a while, and so no packet is lost. The first change, and the first after a failure, replaces the whole table at
/// once: there each wrong flow loses a packet.
package struct RoutingChange: Sendable, Hashable {
  /// New connections go where they should: one transaction for `nft -f -`.
  package var script: String
  /// The UDP flows that are right from now on, for ``FlowSurvey``; nil where none has become wrong.
  package var rightFlows: [String]?
  /// The other flows are wrong from now on: one transaction for `nft -f -`, empty for none.
  package var closing: String

  /// The script that has flows begin anew with their next packet; empty for none.
  /// - Parameter survey: what ``FlowSurvey`` has printed.
  package static func departure(of survey: String) -> String {
    var flows: [String: [Int: [String]]] = [:]
    for line in survey.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 2).map(String.init)
      guard parts.count == 3, let zone = Int(parts[1]) else { continue }
      flows[parts[0], default: [:]][zone, default: []].append(parts[2])
    }
    return flows.sorted { $0.key < $1.key }.map { Ruleset.departure(of: $0.value, family: $0.key) }.joined()
  }
}
