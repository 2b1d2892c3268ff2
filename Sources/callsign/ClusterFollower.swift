// SPDX-License-Identifier: Apache-2.0
import DNSServer
import KubeClient
import Logging
import Naming
import ServiceLifecycle

/// Keeps names in step with a cluster, until the server before it has ended.
struct ClusterFollower: ServiceLifecycle.Service {
  let cluster: ClusterReflector
  let transport: HTTPTransport
  let server: DNSServer
  /// How long the API server may say nothing; `nil`: for ever.
  let staleAfter: Duration?
  let logger: Logger

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await cluster.run() }
        group.addTask { await cluster.followTrust(staleAfter: staleAfter, follow) }
        await group.waitForAll()
      }
    }
    await transport.close()
  }

  private func follow(isTrusted: Bool) {
    server.fallBack(!isTrusted)
    let also = server.hasFallback ? "; questions for the cluster's names are forwarded" : ""
    guard !isTrusted else { return logger.info("names are in step with the cluster") }
    guard let problem = cluster.problem(staleAfter: staleAfter) else { return }
    logger.log(level: cluster.names.index.snapshot.isSynced ? .warning : .info, "\(problem)\(also)")
  }
}
