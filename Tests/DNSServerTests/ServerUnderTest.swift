// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Dispatch
import Foundation
import LinuxSystem
import Logging
import Naming
import ServiceLifecycle
import Testing

@testable import DNSServer

/// Runs a server on 127.0.0.1, on a port that is free, while `body` asks it; then shuts it down gracefully.
func withServer<Result: Sendable>(
  _ index: NameIndex = TestObjects.index(), _ settings: DNSServerSettings = DNSServerSettings(), workers: Int = 2,
  address: String = "127.0.0.1", directory: PodDirectory? = nil, clock: any Clock<Duration> = ContinuousClock(),
  http: [Descriptor] = [], _ body: (Upstream) async throws -> Result
) async throws -> Result {
  let address = try #require(HostAddress(address))
  var sockets = try DNSSockets.open(address, port: 0, workers: workers)
  sockets.http = http
  let server = DNSServer(index: index, sockets: [sockets], settings: settings, logger: Logger(label: "test"),
    directory: directory, clock: clock)
  let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
  async let running: Void = lifecycle.run()
  do {
    let result = try await body(Upstream(address, port: try #require(sockets.port)))
    await lifecycle.triggerGracefulShutdown()
    try await running
    return result
  } catch {
    await lifecycle.triggerGracefulShutdown()
    try await running
    throw error
  }
}

/// Runs a program and gives what it prints. A program that is not there fails the test.
func output(of program: String, _ arguments: [String]) async throws -> String {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = [program] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  process.standardError = pipe
  try process.run()
  let text = await withCheckedContinuation { continuation in
    // While it runs: a pipe holds 64 KiB, and whoever writes more waits for a reader.
    DispatchQueue.global().async {
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      continuation.resume(returning: text)
    }
  }
  guard process.terminationStatus == 0 else {
    throw ProgramError(text: "\(program): status \(process.terminationStatus): \(text)")
  }
  return text
}

struct ProgramError: Error { var text: String }
