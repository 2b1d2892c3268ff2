// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The process that becomes the node agent: leaves the machine's namespaces, and makes the cluster's.
///
/// It runs before anything else of the program, with one thread. Standard output is the log; descriptor 3 takes one
/// line that says how it went: nothing where all is well, else the reason.
package enum AgentProcess {
  /// The hidden subcommand.
  package static let subcommand = "node-agent"
  static let searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// - Parameter arguments: the data directory, then the node's addresses as in ``arguments(dataDirectory:network:)``.
  package static func main(_ arguments: [String]) -> Int32 {
    guard arguments.count == 5 else { return 2 }
    var network = NodeNetwork()
    network.nodeAddress = arguments[1]
    network.dnsAddress = arguments[2]
    network.serviceRange = arguments[3]
    network.podRange = arguments[4]
    let report = Descriptor(owning: 3)
    do {
      try run(RuntimePaths(dataDirectory: arguments[0]), network: network, report: report)
      return 0
    } catch {
      try? report.write(Array(error.message.utf8))
      return 1
    }
  }

  static func arguments(dataDirectory: String, network: NodeNetwork) -> [String] {
    [
      subcommand, dataDirectory, network.nodeAddress, network.dnsAddress, network.serviceRange, network.podRange,
    ]
  }

  private static func run(_ paths: RuntimePaths, network: NodeNetwork, report: Descriptor) throws(RuntimeError) {
    try system { () throws(SystemError) in try ChildProcess.leadSession() }
    let lock = try lockDataDirectory(paths)
    let listener = try system { () throws(SystemError) in
      try Files.remove(paths.socket)
      return try MessageSocket.listen(at: paths.socket)
    }
    if ChildProcess.user != 0 { try UserNamespace.enter() }
    try explain("namespaces for the cluster") { () throws(SystemError) in
      try Namespaces.unshare([.mount, .network, .processes, .hostname, .ipc])
    }
    // The new process namespace begins with the next process; this one has nothing left to do.
    if try system({ () throws(SystemError) in try ChildProcess.fork() }) != 0 { return }
    defer { withExtendedLifetime(lock) {} }
    try mountFileSystems(paths)
    try OverlayCheck.run(paths)
    try makeNetwork(network)
    var server = try system { () throws(SystemError) in
      try AgentServer(listener: listener, instance: newInstance())
    }
    // Closed, not only written: the one who waits reads to the end.
    report.closeEarly()
    server.run()
    try? Files.remove(paths.socket)
  }

  private static func lockDataDirectory(_ paths: RuntimePaths) throws(RuntimeError) -> Descriptor {
    do {
      return try Descriptor.lockFile(paths.lock)
    } catch {
      guard error.isBusy else { throw RuntimeError(error) }
      throw RuntimeError(.agent, "another node agent runs on \(paths.dataDirectory)")
    }
  }

  private static func mountFileSystems(_ paths: RuntimePaths) throws(RuntimeError) {
    try explain("file systems of the cluster") { () throws(SystemError) in
      try Namespaces.makeMountsPrivate()
      try Namespaces.mount("proc", at: "/proc")
      try Files.makeDirectory(paths.volatile)
      try Namespaces.mount("tmpfs", at: paths.volatile, options: "mode=0700")
      for directory in ["sandboxes", "oci", "attach"] { try Files.makeDirectory(paths.volatile + "/" + directory) }
    }
    ControlGroupView.make()
  }

  private static func makeNetwork(_ network: NodeNetwork) throws(RuntimeError) {
    for (name, value) in NodeNetwork.settings {
      try system { () throws(SystemError) in
        try Files.overwrite("/proc/sys/net/ipv4/" + name, with: Array(value.utf8))
      }
    }
    guard let ip = Files.program("ip", searchPath: searchPath) else {
      throw RuntimeError(.unsupported, "the program ip is missing: apt-get install iproute2")
    }
    let (status, output) = try system { () throws(SystemError) in
      let input = try Descriptor.memory("ip")
      try input.write(Array(network.nodeCommands.utf8))
      input.rewind()
      let output = try Descriptor.memory("ip-output")
      let process = try ChildProcess.start(
        ProcessImage([ip, "-batch", "-"]), descriptors: [input.number, output.number, output.number])
      let status = try ChildProcess.wait(for: process)
      return (status, try output.contents(upTo: 4096))
    }
    guard status == 0 else {
      throw RuntimeError(.system, "the node's network could not be made: \(String(decoding: output, as: UTF8.self))")
    }
  }

  private static func newInstance() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

  private static func explain(_ what: String, _ body: () throws(SystemError) -> Void) throws(RuntimeError) {
    do {
      try body()
    } catch {
      throw RuntimeError(.unsupported, "\(what) are not allowed here: \(error)")
    }
  }
}
