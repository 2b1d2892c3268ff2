// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

extension NodeAgent {
  /// Octets of an agent's last words.
  private static let maximumReport = 4096
  /// How long an agent may take to make its namespaces.
  private static let startLimit: Duration = .seconds(60)

  /// The agent that runs on the data directory, or a new one.
  /// - Parameter executable: the path of the program that knows ``AgentProcess/subcommand``.
  package static func connectOrStart(
    _ paths: RuntimePaths, network: NodeNetwork, executable: String
  ) async throws(RuntimeError) -> NodeAgent {
    try system { () throws(SystemError) in
      for directory in [paths.run, paths.exits, paths.pods] { try Files.makeDirectory(directory) }
    }
    if let running = try await connect(paths) { return running }
    try await start(paths, network: network, executable: executable)
    guard let started = try await connect(paths) else {
      throw RuntimeError(.agent, "the node agent ended at once; see \(paths.agentLog)")
    }
    return started
  }

  private static func start(
    _ paths: RuntimePaths, network: NodeNetwork, executable: String
  ) async throws(RuntimeError) {
    let arguments = AgentProcess.arguments(dataDirectory: paths.dataDirectory, network: network)
    let image = ProcessImage(
      [executable] + arguments, environment: ["PATH=" + AgentProcess.searchPath], directory: "/")
    let (process, report) = try system { () throws(SystemError) in
      let (reading, writing) = try Descriptor.pipe()
      let null = try Descriptor.null()
      try Files.write([], to: paths.agentLog)
      let log = try Descriptor.openForAppending(paths.agentLog)
      let process = try ChildProcess.start(
        image, descriptors: [null.number, log.number, log.number, writing.number])
      return (process, reading)
    }
    // The pipe ends when the agent works, or has failed. Both come within the time of a few system calls.
    let words = await withTimeout(startLimit) { try? await report.readToEnd(limit: maximumReport) } ?? nil
    // It leads a session, so that its group is its own: nothing of an agent that hangs is left.
    if words == nil { try? ChildProcess.signal(-process, 9) }
    // The process that was started has made way for the agent by then.
    let status = try system { () throws(SystemError) in try ChildProcess.wait(for: process) }
    guard let words else {
      throw RuntimeError(.agent, "the node agent did not start within \(startLimit); see \(paths.agentLog)")
    }
    if !words.isEmpty || status != 0 {
      let reason = words.isEmpty ? "it ended with status \(status); see \(paths.agentLog)" : words
      throw RuntimeError(.unsupported, reason)
    }
  }
}

extension Descriptor {
  /// All that comes through a pipe until its other end is closed.
  func readToEnd(limit: Int) async throws(RuntimeError) -> String {
    var bytes: [UInt8] = []
    do {
      try setNonblocking(true)
      while bytes.count < limit, try await Poller.shared.wait(for: .readable, of: self) {
        let part = try read(upTo: limit - bytes.count)
        if part.isEmpty { break }
        bytes += part
      }
    } catch {
      throw RuntimeError(error)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
