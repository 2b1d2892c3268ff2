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
    // Watched before they are read, so that no change falls between.
    let folders = Set(paths.map(FolderOfFile.path)).sorted()
    let watches = try folders.map { try DirectoryWatch($0) }
    try readFirst()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for watch in watches {
        group.addTask {
          while try await watch.change() { readAgain() }
        }
      }
      try await group.waitForAll()
    }
  }

  private func readFirst() throws(CommandError) {
    do {
      try source.read()
    } catch {
      throw CommandError("\(error.problems.count) mistakes in the manifests:\n\(error)")
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

/// The folder whose changes tell of a path's: a folder's own, or what a file is in.
enum FolderOfFile {
  static func path(_ path: String) -> String {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    if exists, isFolder.boolValue { return path }
    let parent = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    return parent.isEmpty ? "." : parent
  }
}
