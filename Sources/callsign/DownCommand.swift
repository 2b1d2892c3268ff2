// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import LinuxSystem
import PodRuntime

/// `callsign down`: ends the cluster and its pods; what is stored stays for the next `up`.
struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "End the cluster and its pods. Objects and volumes stay in the data folder.")

  private static let terminate: Int32 = 15
  private static let kill: Int32 = 9
  /// Up to a day.
  private static let timeouts: ClosedRange<Int64> = 0...86_400

  @OptionGroup var folder: DataFolderOption
  @Option(
    help: ArgumentHelp(
      "Seconds that the cluster has to end, its pods' grace periods included; then it is killed.",
      valueName: "seconds"))
  var timeout: Int64 = 120

  func validate() throws {
    guard Self.timeouts.contains(timeout) else {
      throw ValidationError("--timeout is from \(Self.timeouts.lowerBound) to \(Self.timeouts.upperBound) seconds")
    }
  }

  func run() async throws {
    let folder = folder.value
    var hasEnded = false
    if let process = folder.runningProcess {
      try await end(process)
      hasEnded = true
    }
    // Pods of a `callsign up` that was killed, or that could not end them.
    if try await PodShutdown.run(dataDirectory: folder.path, limit: .seconds(timeout)) { hasEnded = true }
    print(hasEnded ? "down" : "nothing runs from \(folder.path)")
  }

  /// Returns when the process is gone.
  private func end(_ process: Int32) async throws(CommandError) {
    do {
      let watch = try Descriptor.process(process)
      try ChildProcess.signal(process, Self.terminate)
      if await watch.isReadable(within: .seconds(timeout)) { return }
      try ChildProcess.signal(process, Self.kill)
      _ = await watch.isReadable(within: .seconds(timeout))
    } catch {
      // It ended in between.
      if error.isNoSuchProcess { return }
      throw CommandError("cannot end process \(process): \(error.reason)")
    }
  }
}

extension Descriptor {
  /// Waits until there is something to read, or the time is over.
  fileprivate func isReadable(within time: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { (try? await Poller.shared.wait(for: .readable, of: self)) ?? false }
      group.addTask {
        try? await ContinuousClock().sleep(for: time)
        return false
      }
      let first = await group.next() ?? false
      group.cancelAll()
      return first
    }
  }
}
