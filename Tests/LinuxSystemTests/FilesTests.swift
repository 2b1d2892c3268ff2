// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@Suite struct FilesTests {
  private func inTemporaryFolder(_ body: (String) throws -> Void) throws {
    let base = ChildProcess.environmentValue("TMPDIR") ?? "/tmp"
    let folder = "\(base)/callsign-files-\(String(UInt64.random(in: .min ... .max), radix: 16))"
    try Files.makeDirectory(folder)
    defer { try? Files.removeTree(folder) }
    try body(folder)
  }

  @Test func directoriesAreMadeWithThoseAboveThem() throws {
    try inTemporaryFolder { folder in
      try Files.makeDirectory(folder + "/a/b/c", mode: 0o755)
      #expect(Files.kind(folder + "/a/b/c") == .directory)
      #expect(Files.mode(folder + "/a/b/c") == 0o755)
    }
  }

  @Test(arguments: ["/proc/callsign", "/proc/callsign/run", "/sys/callsign"])
  func directoriesThatCannotBeMadeAreSaidToBeSo(path: String) {
    #expect(throws: SystemError.self) { try Files.makeDirectory(path) }
  }

  @Test func aLinkThatLeadsNowhereIsNoDirectory() throws {
    try inTemporaryFolder { folder in
      try Files.makeSymlink(folder + "/link", to: folder + "/nothing")
      #expect(throws: SystemError.self) { try Files.makeDirectory(folder + "/link/below") }
    }
  }
}
