// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// What a program that ran to its end has left.
package struct ProgramResult: Sendable, Hashable {
  /// The exit code, or 128 + the signal that killed the program.
  package var status: Int32
  package var output: String
  package var errors: String

  package var isSuccess: Bool { status == 0 }

  /// The first line that says why the program failed, for a message.
  var complaint: String {
    let text = errors.isEmpty ? output : errors
    return text.split(separator: "\n").last.map(String.init) ?? "exit status \(status)"
  }
}

extension NodeAgent {
  /// Octets that are kept of each output of a program; a program that writes more gets an error when it does.
  package static let maximumOutput = 1 << 20

  /// The time for programs that make and end namespaces, networks and containers: many times what they need on a busy
  /// machine.
  package static let standardLimit: Duration = .seconds(60)

  /// Runs a program to its end. When it takes too long, or the task is cancelled, the program is killed.
  ///
  /// Input and output are files in memory, so nothing has to be read while the program runs.
  /// - Parameter arguments: the program (a name on the agent's search path, or a path) and its arguments.
  package func run(
    _ arguments: [String], input: String = "", environment: [String] = ["PATH=" + AgentProcess.searchPath],
    within limit: Duration = NodeAgent.standardLimit
  ) async throws(RuntimeError) -> ProgramResult {
    let result = await withTimeout(limit) { () -> Result<ProgramResult, RuntimeError> in
      do throws(RuntimeError) {
        return .success(try await self.runToEnd(arguments, input: input, environment: environment))
      } catch {
        return .failure(error)
      }
    }
    guard let result else {
      throw RuntimeError(.system, "\(Files.name(of: arguments[0])) did not end within \(limit) and was killed")
    }
    return try result.get()
  }

  private func runToEnd(
    _ arguments: [String], input: String, environment: [String]
  ) async throws(RuntimeError) -> ProgramResult {
    var arguments = arguments
    guard let path = Files.program(arguments[0], searchPath: AgentProcess.searchPath) else {
      throw RuntimeError(.unsupported, "the program \(arguments[0]) is missing")
    }
    arguments[0] = path
    let (stdin, stdout, stderr) = try system { () throws(SystemError) in
      let stdin = try Descriptor.memory("input")
      try stdin.write(Array(input.utf8))
      stdin.rewind()
      return (
        stdin, try Descriptor.memory("output", capacity: Self.maximumOutput),
        try Descriptor.memory("errors", capacity: Self.maximumOutput)
      )
    }
    let program = try await start(
      ProcessImage(arguments, environment: environment, directory: "/", leadsSession: true),
      descriptors: [stdin, stdout, stderr], isBound: true)
    let ending = await withTaskCancellationHandler {
      await outcome(of: program)
    } onCancel: {
      signal(program, 9)
    }
    let status = try ending.get()
    do {
      return ProgramResult(status: status, output: try Self.text(of: stdout), errors: try Self.text(of: stderr))
    } catch {
      throw RuntimeError(error)
    }
  }

  private func outcome(of program: Program) async -> Result<Int32, RuntimeError> {
    do {
      return .success(try await status(of: program))
    } catch {
      return .failure(error)
    }
  }

  /// Runs a program that is to succeed.
  /// - Returns: what it printed.
  /// - Throws: what it said where it failed.
  @discardableResult
  package func require(_ arguments: [String], input: String = "") async throws(RuntimeError) -> String {
    let result = try await run(arguments, input: input)
    guard result.isSuccess else {
      throw RuntimeError(.system, "\(Files.name(of: arguments[0])): \(result.complaint)")
    }
    return result.output
  }

  private static func text(of file: Descriptor) throws(SystemError) -> String {
    // The file has its whole length from the beginning; what was written ends where the program stands.
    String(decoding: try file.contents(upTo: file.position), as: UTF8.self)
  }
}
