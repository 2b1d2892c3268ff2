// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging
import Naming
import ServiceLifecycle
import Subprocess
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

/// Runs a program and gives what it prints. A program that is not there, or fails, fails the test.
func output(of program: String, _ arguments: [String]) async throws -> String {
  let result = try await Subprocess.run(
    .name(program), arguments: Arguments(arguments), input: .none, output: .string(limit: 1 << 22),
    error: .combinedWithOutput)
  guard result.terminationStatus.isSuccess else {
    throw ProgramError(text: "\(program): \(result.terminationStatus): \(result.standardOutput)")
  }
  return result.standardOutput
}

struct ProgramError: Error { var text: String }
