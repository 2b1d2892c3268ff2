// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@Suite("Watching files and folders", .timeLimit(.minutes(1))) struct PathWatchTests {
  private static func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/callsign-watch-\(UInt64.random(in: 0 ... .max))"
    try Files.makeDirectory(folder)
    defer { try? Files.removeTree(folder) }
    try await body(folder)
  }

  @Test("Each change is told, also where a folder is watched for itself and for another that is in it")
  func nested() async throws {
    try await Self.inFolder { folder in
      try Files.makeDirectory(folder + "/tls")
      let files = [folder + "/dns.yaml", folder + "/tls/tls.crt"]
      for file in files { try Files.write([0], to: file) }
      var watch = try PathWatch(files)
      for number in 1...200 {
        try Files.overwrite(files[number % 2], with: [UInt8(number)])
        guard try await watch.change() else { return }
      }
    }
  }

  @Test("A folder that was replaced by another is watched on") func replaced() async throws {
    try await Self.inFolder { folder in
      let file = folder + "/a/b.yaml"
      try Files.makeDirectory(folder + "/a")
      try Files.write([0], to: file)
      var watch = try PathWatch([file, folder + "/c.yaml"])
      for number in 1...20 {
        try Files.removeTree(folder + "/a")
        try Files.makeDirectory(folder + "/a")
        try Files.write([UInt8(number)], to: file)
        guard try await watch.change() else { return }
      }
      // Of what came before there is soon no more to tell.
      for number in 1...50 {
        try Files.overwrite(file, with: [UInt8(number)])
        guard try await watch.change() else { return }
      }
    }
  }
}
