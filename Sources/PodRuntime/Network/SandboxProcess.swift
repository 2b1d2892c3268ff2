// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The process that makes a pod's namespaces, in the node agent's namespaces, and keeps them open by mounts.
package enum SandboxProcess {
  /// The hidden subcommand.
  package static let subcommand = "pod-sandbox"
  /// The hidden subcommand of ``remove(_:)``.
  package static let removeSubcommand = "remove-sandbox"
  /// The namespaces that the containers of a pod share, by their names in `/proc/self/ns`.
  static let kinds = ["uts", "ipc", "net"]

  /// - Parameter arguments: a directory to make, the hostname, and a program that is to become this process in the
  ///   pod's network (`ip -batch -`), if any; without it the pod keeps the node's network.
  package static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count >= 2 else { return 2 }
    let program = Array(arguments.dropFirst(2))
    do {
      try make(directory: arguments[0], hostname: arguments[1], hasNetwork: !program.isEmpty)
      if !program.isEmpty { try ChildProcess.become(ProcessImage(program)) }
      return 0
    } catch {
      try? Descriptor.standardOutput.write(Array("\(error)\n".utf8))
      return 1
    }
  }

  /// Unmounts what ``main(_:)`` has mounted and removes files of the pod.
  /// - Parameter arguments: the directory of the namespaces, then directories to remove.
  package static func remove(_ arguments: [String]) -> Int32 {
    do {
      if let directory = arguments.first, Files.exists(directory) {
        for name in try Files.list(directory) {
          try? Namespaces.unmount(directory + "/" + name)
          // What is still mounted stays, with an error: volumes of the pod are among it.
          try Files.removeEmpty(directory + "/" + name)
        }
      }
      for directory in arguments { try Files.removeTree(directory) }
      return 0
    } catch {
      try? Descriptor.standardOutput.write(Array("\(error)\n".utf8))
      return 1
    }
  }

  private static func make(directory: String, hostname: String, hasNetwork: Bool) throws(SystemError) {
    try Files.makeDirectory(directory)
    try Namespaces.unshare(hasNetwork ? [.hostname, .ipc, .network] : [.hostname, .ipc])
    try Namespaces.setHostname(hostname)
    for kind in kinds where hasNetwork || kind != "net" {
      try Files.write([], to: directory + "/" + kind)
      try Namespaces.bind("/proc/self/ns/" + kind, at: directory + "/" + kind)
    }
  }
}
