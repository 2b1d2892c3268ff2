// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import Synchronization
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
  private static let limit = 30.0

  /// The program on the search path, or in a folder that `make test` fills.
  private static let program: String? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { "\($0)/kubectl" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// Runs kubectl to its end.
  func callAsFunction(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) async throws -> Result {
    try await run(arguments, input: input, environment: environment)
  }

  func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws -> Result {
    let process = try process(arguments, environment)
    let folder = server.folder + "/call-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["in", "out", "err"] {
      try Data((name == "in" ? input : "").utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }
    process.standardInput = FileHandle(forReadingAtPath: "\(folder)/in")
    process.standardOutput = FileHandle(forWritingAtPath: "\(folder)/out")
    process.standardError = FileHandle(forWritingAtPath: "\(folder)/err")
    let status = try await ended(process)
    return Result(
      status: status, output: try String(contentsOfFile: "\(folder)/out", encoding: .utf8),
      errors: try String(contentsOfFile: "\(folder)/err", encoding: .utf8))
  }

  /// Runs kubectl and hands over its lines of output as they come; ends it when `body` returns.
  func lines(_ arguments: String..., body: (AsyncStream<String>) async throws -> Void) async throws {
    let process = try process(arguments, [:])
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    let (stream, continuation) = AsyncStream<String>.makeStream()
    let buffer = Mutex("")
    pipe.fileHandleForReading.readabilityHandler = { handle in
      let data = handle.availableData
      if data.isEmpty { return continuation.finish() }
      let lines = buffer.withLock { text -> [String] in
        text += String(decoding: data, as: UTF8.self)
        var parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        text = parts.removeLast()
        return parts
      }
      for line in lines { continuation.yield(line) }
    }
    try process.run()
    let timer = Self.endAfterLimit(process)
    defer {
      timer.cancel()
      pipe.fileHandleForReading.readabilityHandler = nil
      process.terminate()
      process.waitUntilExit()
    }
    try await body(stream)
  }

  private func process(_ arguments: [String], _ environment: [String: String]) throws -> Process {
    let program = try #require(Self.program, "kubectl is not on the search path; `make test` installs it")
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment.filter { $0.key == "PATH" }
    variables["KUBECONFIG"] = server.kubeconfig
    // The folder of kubectl's cache, so that no test reads what another server said.
    variables["HOME"] = server.folder
    process.environment = variables.merging(environment) { $1 }
    return process
  }

  private func ended(_ process: Process) async throws -> Int32 {
    let timer = Self.endAfterLimit(process)
    defer { timer.cancel() }
    return try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        continuation.resume(throwing: error)
      }
    }
  }

  private static func endAfterLimit(_ process: Process) -> DispatchWorkItem {
    let identifier = { [weak process] in process?.isRunning == true ? process?.processIdentifier : nil }
    let work = DispatchWorkItem { if let identifier = identifier() { kill(identifier, SIGKILL) } }
    DispatchQueue.global().asyncAfter(deadline: .now() + limit, execute: work)
    return work
  }
}

extension TestServer {
  var kubectl: Kubectl { Kubectl(server: self) }
}
