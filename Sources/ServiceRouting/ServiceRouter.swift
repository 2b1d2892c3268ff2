// SPDX-License-Identifier: Apache-2.0
package import KubeModel
package import Logging
import ServiceLifecycle

/// Keeps the kernel's balancing in step with Services and EndpointSlices.
///
/// Level-triggered: each run makes the rules from the current objects, and hands over the difference to those that are
/// in force as one transaction. The first transaction, and the first after a failure, replaces the whole table, also
/// one that an earlier run of the program has left.
package struct ServiceRouter<C: Clock>: ServiceLifecycle.Service where C.Duration == Duration {
  /// The first and the longest wait after a failure.
  private static var backOff: ClosedRange<Duration> { .milliseconds(50) ... .seconds(10) }

  private let source: any ObjectSource
  private let configuration: RoutingConfiguration
  private let clock: C
  private let logger: Logger
  private let apply: @Sendable (String) async throws -> Void
  private let surveyFlows: @Sendable (String) async throws -> String

  /// - Parameters:
  ///   - apply: gives a script to `nft -f -` in the cluster's network namespace. It is carried out as a whole or not at
  ///     all.
  ///   - surveyFlows: gives the flows that are right to ``FlowSurvey`` in that namespace; returns what it prints.
  package init(
    source: any ObjectSource, configuration: RoutingConfiguration, clock: C, logger: Logger,
    apply: @escaping @Sendable (String) async throws -> Void,
    surveyFlows: @escaping @Sendable (String) async throws -> String
  ) {
    self.source = source
    self.configuration = configuration
    self.clock = clock
    self.logger = logger
    self.apply = apply
    self.surveyFlows = surveyFlows
  }

  package func run() async {
    let changes = source.changes(of: [.services, .endpointSlices])
    await withGracefulShutdownHandler {
      var table = RoutingTable(configuration: configuration)
      var isSynced = false
      for await batch in changes {
        for case .synced in batch { isSynced = true }
        if isSynced { await bring(&table) }
      }
    } onGracefulShutdown: {
      changes.finish()
    }
  }

  /// Tries until the rules are in force that the current objects ask for, or until the program ends.
  private func bring(_ table: inout RoutingTable) async {
    var delay = Self.backOff.lowerBound
    while !Task.isCancelled, !Task.isShuttingDownGracefully {
      let change = table.change(
        services: source.objects(.services, namespace: nil), slices: source.objects(.endpointSlices, namespace: nil))
      guard let change else { return }
      do {
        if !change.script.isEmpty { try await apply(change.script) }
        if let flows = change.rightFlows { await moveFlows(besides: flows) }
        if !change.closing.isEmpty { try await apply(change.closing) }
        return table.commit()
      } catch {
        table.forget()
        logger.error(
          "Could not set the rules for Services; will try again",
          metadata: ["error": "\(error)", "delay": "\(delay)"])
        // Ends early when the program does, which the loop then sees.
        try? await cancelWhenGracefulShutdown { [delay] in try await clock.sleep(for: delay) }
        delay = min(delay * 2, Self.backOff.upperBound)
      }
    }
  }

  /// Where this fails, the rules do without: each wrong flow then loses a packet before it is right.
  private func moveFlows(besides rightFlows: [String]) async {
    do {
      let script = RoutingChange.departure(of: try await surveyFlows(rightFlows.joined(separator: "\n")))
      if !script.isEmpty { try await apply(script) }
    } catch {
      logger.warning(
        """
        Could not find the UDP flows of endpoints that are gone; each loses a packet. The kernel needs \
        nf_conntrack_netlink (modprobe nf_conntrack_netlink)
        """, metadata: ["error": "\(error)"])
    }
  }
}
