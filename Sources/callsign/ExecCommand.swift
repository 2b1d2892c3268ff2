// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import KubeModel
import PodRuntime

/// `callsign exec`: runs a command in a container of a pod.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec", abstract: "Run a command in a pod.",
    usage: "callsign exec [<options>] <pod> -- <command> ...",
    discussion: "The command's exit code is that of this command.")

  @OptionGroup var folder: DataFolderOption
  @Option(name: [.short, .long], help: "The pod's namespace.") var namespace = "default"
  @Option(name: [.short, .long], help: "The container (default: the pod's first).") var container = ""
  @Flag(name: [.short, .long], help: "Give the command this terminal.") var tty = false
  @Argument(help: "The pod.") var pod: String
  @Argument(parsing: .postTerminator, help: "The command and its arguments.") var command: [String]

  func validate() throws {
    if command.isEmpty { throw ValidationError("a command is needed after --: callsign exec \(pod) -- hostname") }
  }

  func run() async throws {
    let folder = folder.value
    let client = LocalAPIClient(socketPath: folder.apiSocket)
    _ = try ClusterAddresses(running: folder)
    let object = try await client.object(.pods, namespace: namespace, name: pod)
    let status = try await PodExec.run(
      command, in: Pod(object), container: container, isTerminal: tty && isatty(STDIN_FILENO) == 1,
      dataDirectory: folder.path)
    throw ExitCode(status)
  }
}
