// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import Subprocess
import Testing

/// The real kubectl, pointed at a test server.
struct Kubectl: Sendable {
  let server: TestServer

  struct Result: Sendable {
    var status: Int32
    var output: String
    var errors: String
  }

  /// Seconds after which a call is ended.
  private static let limit = 30
  /// Octets of output that are read.
  private static let maximumOutput = 1 << 22

  /// The program on the search path, or in a folder that `make test` fills.
  private static let program: String? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/kubectl" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// In a session of its own, without the terminal of the tests: kubectl would wait for its turn there.
  private static let apart: PlatformOptions = {
    var options = PlatformOptions()
    options.createSession = true
    return options
  }()

  /// Runs kubectl to its end.
  func callAsFunction(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) async throws -> Result {
    try await run(arguments, input: input, environment: environment)
  }

  func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws -> Result {
    let result = try await Subprocess.run(
      .name("timeout"), arguments: try words(arguments), environment: self.environment(environment),
      platformOptions: Self.apart, input: .string(input), output: .string(limit: Self.maximumOutput),
      error: .string(limit: Self.maximumOutput))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return Result(status: status, output: result.standardOutput, errors: result.standardError)
  }

  /// Runs kubectl and hands over its lines of output as they come; ends it when `body` returns.
  func lines(
    _ arguments: String..., body: (SubprocessOutputSequence.StringSequence<UTF8>) async throws -> Void
  ) async throws {
    _ = try await Subprocess.run(
      .name("timeout"), arguments: try words(arguments), environment: environment(),
      platformOptions: Self.apart, input: .none, output: .sequence, error: .discarded
    ) { execution in
      do {
        try await body(execution.standardOutput.strings())
        // It may have ended by itself.
        try? execution.send(signal: .terminate)
      } catch {
        try? execution.send(signal: .terminate)
        throw error
      }
    }
  }

  /// What `timeout` is to run, which passes on the signal that ends it.
  private func words(_ arguments: [String]) throws -> Arguments {
    let program = try #require(Self.program, "kubectl is not on the search path; `make test` installs it")
    return Arguments(["--kill-after=1", "\(Self.limit)", program] + arguments)
  }

  private func environment(_ more: [String: String] = [:]) -> Environment {
    // The folder of kubectl's cache is this server's, so that no test reads what another server said.
    var variables: [Environment.Key: String] = ["KUBECONFIG": server.kubeconfig, "HOME": server.folder]
    variables["PATH"] = ProcessInfo.processInfo.environment["PATH"]
    for (name, value) in more { variables[.init(stringLiteral: name)] = value }
    return .custom(variables)
  }
}

extension TestServer {
  var kubectl: Kubectl { Kubectl(server: self) }
}
