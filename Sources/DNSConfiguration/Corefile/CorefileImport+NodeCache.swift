// SPDX-License-Identifier: Apache-2.0

// NodeLocal DNSCache: its Corefiles are no more than caches before CoreDNS.
extension CorefileImport {
  /// Nothing of such a file would be settings of a server that knows the names itself: where it listens belongs to the
  /// node, and whom it asks is to be replaced.
  static func refuseNodeCache(_ blocks: [CorefileBlockFacts]) throws(CorefileError) {
    if blocks.contains(where: \.hasNames) { return }
    guard let line = blocks.flatMap(\.directives).first(where: isOfNodeCache)?.line else { return }
    throw CorefileError(
      line: line,
      message: "this is a cache on a node (NodeLocal DNSCache), which knows no names itself; give the Corefile of "
        + "CoreDNS, whose settings the servers of deploy/kubernetes/node-local have too: docs/coredns.md, \"One on each "
        + "node\"")
  }

  /// A link-local address, or a word for which the cache puts in an address when it starts.
  private static func isOfNodeCache(_ directive: Corefile.Directive) -> Bool {
    switch directive.name {
    case "bind": directive.arguments.contains { $0.hasPrefix("169.254.") || $0.hasPrefix("__PILLAR__") }
    case "forward": directive.arguments.contains { $0.hasPrefix("__PILLAR__") }
    default: false
    }
  }
}
