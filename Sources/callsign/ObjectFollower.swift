// SPDX-License-Identifier: Apache-2.0
import DNSServer
import Foundation
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import Manifests
import Naming
import ServiceLifecycle

/// Keeps names in step with manifest files, until the server before it has ended.
struct ObjectFollower: ServiceLifecycle.Service {
  let names: NameIndex
  let pods: PodDirectory
  let source: ManifestSource
  let paths: [String]
  let programming: ProgrammingDuration
  let logger: Logger

  func run() async throws {
    try await cancelWhenGracefulShutdown {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          await names.follow(source) { programming.observe(ChangeDelay.delays(of: $0, now: .now())) }
        }
        group.addTask { await pods.follow(source) }
        group.addTask { try await watch() }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  /// The first reading has to succeed; a later one that does not leaves all as it was.
  private func watch() async throws {
    // Watched before they are read, so that no change falls between. One after the other, so that the last is kept.
    var watch = try PathWatch(paths)
    try Self.readFirst(source)
    while try await watch.change() { readAgain() }
  }

  static func readFirst(_ source: ManifestSource) throws(CommandError) {
    do {
      try source.read()
    } catch {
      let count = error.problems.count
      throw CommandError("\(count) \(count == 1 ? "mistake" : "mistakes") in the manifests:\n\(error)")
    }
  }

  private func readAgain() {
    do {
      let count = try source.read()
      logger.info("manifests were read again", metadata: ["objects": "\(count)"])
    } catch {
      logger.warning("manifests have mistakes and were not taken: \(error)")
    }
  }
}
