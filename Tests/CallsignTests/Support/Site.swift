// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A place on the machine for one cluster: a data folder of its own, and the commands that use it.
struct Site: Sendable {
  /// The folder of the test, which goes with it.
  let root: String
  /// What Callsign is started through, if anything: `setpriv` and the like, which become the program they start.
  var wrapper: [String] = []
  var program = Program.callsign

  /// The data folder.
  var folder: String { "\(root)/data" }
  var kubeconfig: String { "\(folder)/kubeconfig" }

  /// Gives a place to `body`; then ends what runs there, and looks that nothing is left.
  static func with(
    wrapper: [String] = [], sourceLocation: SourceLocation = #_sourceLocation, _ body: (Site) async throws -> Void
  ) async throws {
    let site = Site(root: "/tmp/callsign-e2e-\(String(UInt32.random(in: 0 ... .max), radix: 36))", wrapper: wrapper)
    try FileManager.default.createDirectory(atPath: site.root, withIntermediateDirectories: false)
    try await site.use(sourceLocation: sourceLocation, body)
  }

  /// As ``with(wrapper:sourceLocation:_:)``, for a folder that is there.
  func use(sourceLocation: SourceLocation, _ body: (Site) async throws -> Void) async throws {
    do {
      try await body(self)
    } catch {
      // Also when the test was cancelled, because its time was up.
      await Task { try? await close(sourceLocation) }.value
      throw error
    }
    try await close(sourceLocation)
  }

  private func close(_ sourceLocation: SourceLocation) async throws {
    let down = try await callsign("down")
    #expect(down.status == 0, "\(down.errors)", sourceLocation: sourceLocation)
    #expect(processes() == [], sourceLocation: sourceLocation)
    let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    #expect(!mounts.contains(root), sourceLocation: sourceLocation)
    // What an ordinary user's pods wrote belongs to other users of the same user namespace.
    let asOwner = Program.isRoot ? [] : ["unshare", "--map-root-user", "--map-auto"]
    try await Program.run(asOwner + ["rm", "-rf", root]).succeeded(sourceLocation: sourceLocation)
  }

  // MARK: Commands

  /// The words that start a command of Callsign.
  func words(_ command: [String]) -> [String] {
    wrapper + [program, command[0], "--data-dir", folder] + command.dropFirst()
  }

  /// Runs a command of Callsign to its end.
  func callsign(_ command: String..., input: String = "") async throws -> Ended {
    try await Program.run(words(command), input: input)
  }

  /// Runs a command in a pod and gives what it says.
  func exec(_ pod: String, _ command: String...) async throws -> String {
    try await Program.run(words(["exec", pod, "--"] + command)).succeeded().output
  }

  func kubectl(_ arguments: String..., input: String = "") async throws -> Ended {
    try await Program.run(words(kubectl: arguments), input: input)
  }

  /// The words that start kubectl, which keeps in its home what it learned of a server.
  func words(kubectl arguments: [String]) -> [String] {
    ["env", "KUBECONFIG=\(kubeconfig)", "HOME=\(root)", "kubectl"] + arguments
  }

  /// A field of an object, as `kubectl get` gives it.
  func field(_ path: String, of object: String) async throws -> String {
    try await kubectl("get", object, "-o", "jsonpath={\(path)}").succeeded().output
  }

  /// Waits for a condition of objects.
  func wait(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await Program.run(words(kubectl: ["wait", "--timeout=60s"] + arguments))
      .succeeded(sourceLocation: sourceLocation)
  }

  /// Writes a file into the test's folder and gives its path.
  func write(_ text: String, to name: String = "manifest.yaml") throws -> String {
    let path = "\(root)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  // MARK: Processes

  /// The processes whose command line names the test's folder, and `word`.
  func processes(_ word: String = "") -> [String] {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.filter { Int($0) != nil } ?? []
    return numbers.sorted().compactMap { number in
      guard let bytes = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") else { return nil }
      let line = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
      return line.contains(root) && line.contains(word) ? "\(number) \(line)" : nil
    }
  }
}
