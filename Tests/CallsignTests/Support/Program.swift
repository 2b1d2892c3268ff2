// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess
import Testing

/// Programs as a shell runs them.
enum Program {
  /// Seconds after which a program is ended, with exit code 124.
  private static let limit = 100
  /// Octets of output that are read.
  private static let maximumOutput = 1 << 22

  /// Callsign itself: what `CALLSIGN_PROGRAM` names, else what was built beside these tests.
  static let callsign: String = {
    if let path = ProcessInfo.processInfo.environment["CALLSIGN_PROGRAM"] { return path }
    let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: tests ?? ".").deletingLastPathComponent().appending(path: "callsign").path
  }()

  /// The project's folder.
  static let project = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL.path

  /// Whether the tests run as root.
  static let isRoot = geteuid() == 0

  /// Runs a program to its end.
  static func run(_ words: [String], input: String = "", limit: Int = limit) async throws -> Ended {
    let result = try await Subprocess.run(
      .name("timeout"), arguments: Arguments(["--kill-after=5", "\(limit)"] + words), input: .string(input),
      output: .string(limit: maximumOutput), error: .string(limit: maximumOutput))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return Ended(words: words, status: status, output: result.standardOutput, errors: result.standardError)
  }
}

/// A program that has ended.
struct Ended: Sendable {
  var words: [String]
  /// Its exit code as shells give it: 128 and the signal that ended it.
  var status: Int32
  var output: String
  var errors: String

  /// The lines of its output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// The program itself, which has to have succeeded.
  @discardableResult
  func succeeded(sourceLocation: SourceLocation = #_sourceLocation) throws -> Ended {
    try #require(
      status == 0, "\(words.joined(separator: " ")): \(status)\n\(output)\n\(errors)",
      sourceLocation: sourceLocation)
    return self
  }

  /// Expects that the program failed, with this on standard error and nothing else.
  func failed(
    _ code: Int32 = 1, saying text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(status == code, "\(words.joined(separator: " "))", sourceLocation: sourceLocation)
    #expect(errors == "Error: \(text)\n", sourceLocation: sourceLocation)
    #expect(output.isEmpty, sourceLocation: sourceLocation)
  }
}

/// Waits until `condition` holds. For what a client can only ask for, again and again, because nothing tells it.
func eventually(
  within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async throws {
  let end = ContinuousClock.now + limit
  while try await !condition() {
    try #require(ContinuousClock.now < end, "still not so after \(limit)", sourceLocation: sourceLocation)
    try await Task.sleep(for: .milliseconds(20))
  }
}
