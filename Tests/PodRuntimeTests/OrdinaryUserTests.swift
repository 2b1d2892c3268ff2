// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@testable import PodRuntime

/// Whether the tests can start themselves as another user.
private enum OrdinaryUser {
  static let obstacle: String? = {
    if let obstacle = PodLab.obstacle { return obstacle }
    if ChildProcess.user != 0 { return "the tests run as an ordinary user already" }
    for program in ["useradd", "userdel", "setpriv"] where path(program) == nil { return "\(program) is missing" }
    // The user has to be able to start this very program, and to load what it is made of.
    let maps = (try? Files.readText("/proc/self/maps")) ?? ""
    for line in maps.split(separator: "\n") {
      guard let slash = line.firstIndex(of: "/") else { continue }
      var directory = Files.parent(of: String(line[slash...]))
      while directory != "/" {
        if let mode = Files.mode(directory), mode & 1 == 0 { return "\(directory) is closed to other users" }
        directory = Files.parent(of: directory)
      }
    }
    return nil
  }()

  static func path(_ program: String) -> String? {
    Files.program(program, searchPath: AgentProcess.searchPath)
  }
}

/// The same pods for a user without any rights: the tests of ``RunningPodTests`` once more, in such a user's process.
@Suite(
  .serialized, .timeLimit(.minutes(3)),
  .enabled(if: OrdinaryUser.obstacle == nil, "\(OrdinaryUser.obstacle ?? "")"))
struct OrdinaryUserTests {
  private func run(_ arguments: [String], environment: [String] = []) throws -> (status: Int32, output: String) {
    let output = try Descriptor.memory("output")
    let program = try #require(OrdinaryUser.path(arguments[0]))
    let image = ProcessImage(
      [program] + arguments.dropFirst(), environment: ["PATH=" + AgentProcess.searchPath] + environment,
      directory: "/")
    let status = try ChildProcess.run(image, output: output)
    return (status, String(decoding: try output.contents(upTo: 1 << 20), as: UTF8.self))
  }

  @Test func podsRunForAUserWithoutRights() throws {
    let user = "callsign-\(ChildProcess.identifier)"
    let home = "/var/tmp/\(user)"
    let made = try run(["useradd", "--create-home", "--home-dir", home, user])
    try #require(made.status == 0, "\(made.output)")
    defer {
      _ = try? run(["userdel", "--remove", user])
      try? Files.removeTree(home)
    }
    let result = try run(
      [
        "setpriv", "--reuid", user, "--regid", user, "--init-groups", ChildProcess.executable, "--testing-library",
        "swift-testing", "--filter", "RunningPodTests",
      ], environment: ["HOME=" + home, "TMPDIR=" + home])
    #expect(result.status == 0, "\(result.output)")
    // What ran, ran: a filter that meets nothing would succeed as well.
    #expect(result.output.contains("Suite RunningPodTests passed"))
  }
}
