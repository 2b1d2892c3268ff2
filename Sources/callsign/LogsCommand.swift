// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import KubeModel
import LinuxSystem
import PodRuntime

/// `callsign logs`: what a container has written.
struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print what a pod has written to its standard output and standard error.")

  @OptionGroup var folder: DataFolderOption
  @Option(name: [.short, .long], help: "The pod's namespace.") var namespace = "default"
  @Option(name: [.short, .long], help: "The container (default: the pod's first).") var container = ""
  @Flag(name: .shortAndLong, help: "The run before the current one.") var previous = false
  @Argument(help: "The pod.") var pod: String

  func run() async throws {
    let folder = folder.value
    _ = try ClusterAddresses(running: folder)
    let client = LocalAPIClient(socketPath: folder.apiSocket)
    let pod = Pod(try await client.object(.pods, namespace: namespace, name: pod))
    let id = try containerID(in: pod)
    let path = RuntimePaths(dataDirectory: folder.path).log(id)
    guard Files.exists(path) else {
      throw CommandError("container \(id.name) of pod \(pod.metadata.name) has written nothing in run \(id.attempt)")
    }
    for line in ContainerLog.lines(try Files.read(path, limit: ContainerLog.maximumSize)) {
      let file = line.isError ? FileHandle.standardError : .standardOutput
      // A reader that has seen enough closes its end.
      guard (try? file.write(contentsOf: Data(line.bytes))) != nil else { return }
    }
  }

  private func containerID(in pod: Pod) throws(CommandError) -> ContainerID {
    let names = (pod.containers + pod.initContainers).compactMap { $0["name"]?.string }
    let name = container.isEmpty ? names.first ?? "" : container
    guard names.contains(name) else {
      throw CommandError(
        "pod \(pod.metadata.name) has no container \(name); it has \(names.joined(separator: ", "))")
    }
    let statuses =
      (pod.status["containerStatuses"]?.array ?? []) + (pod.status["initContainerStatuses"]?.array ?? [])
    let status = statuses.first { $0["name"]?.string == name }
    var attempt = Int(status?["restartCount"]?.int ?? 0)
    // A container that waits to be run again has the number of its next run.
    if status?["state"]?["waiting"] != nil, attempt > 0 { attempt -= 1 }
    if previous { attempt -= 1 }
    guard attempt >= 0 else { throw CommandError("container \(name) of pod \(pod.metadata.name) had no run before") }
    return ContainerID(pod: pod.metadata.uid, name: name, attempt: attempt)
  }
}
