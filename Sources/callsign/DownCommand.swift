// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import LinuxSystem
import PodRuntime

/// `callsign down`: ends the cluster and its pods; what is stored stays for the next `up`.
struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "End the cluster and its pods. Objects and volumes stay in the data folder.")

  /// Seconds that pods have whose `callsign up` is gone.
  private static let orphanGrace: Int64 = 30

  @OptionGroup var folder: DataFolderOption

  func run() async throws {
    let folder = folder.value
    var hasEnded = false
    if let process = folder.runningProcess {
      do {
        try ChildProcess.signal(process, 15)
      } catch {
        throw CommandError("cannot end process \(process): \(error.reason)")
      }
      // The lock falls when the process ends, however it does.
      try await folder.waitForLock()
      hasEnded = true
    }
    // Pods of a `callsign up` that was killed, or that could not end them.
    if try await PodShutdown.run(dataDirectory: folder.path, grace: .seconds(Self.orphanGrace)) { hasEnded = true }
    print(hasEnded ? "down" : "nothing runs from \(folder.path)")
  }
}
