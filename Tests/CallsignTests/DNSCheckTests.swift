// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension EndToEnd {
  /// `callsign dns --check` and `--help`.
  @Suite(.timeLimit(.minutes(1))) struct DNSCheckTests {
    private func check(_ arguments: String...) async throws -> Ended {
      try await Program.run([Program.callsign, "dns", "--check"] + arguments)
    }

    @Test func folder() async throws {
      try await check("--config", "/tmp").failed(saying: "/tmp: the file cannot be read: it is a folder")
    }

    @Test(
      "help is wrapped once, for the columns that there are", arguments: [60, 80, 100, 120],
      ["dns --help", "help dns"])
    func help(columns: Int, words: String) async throws {
      let command = [Program.callsign] + words.split(separator: " ").map(String.init)
      let text = try await Program.run(["env", "COLUMNS=\(columns)"] + command).succeeded().output
      let lines = text.split(separator: "\n")
      let start = try #require(lines.firstIndex(of: "Settings:")) + 1
      let end = try #require(lines.firstIndex { $0.hasPrefix("USAGE:") })
      let settings = lines[start..<end]
      #expect(settings.count > 100 && settings.allSatisfy { $0.count <= columns })
      let others = settings.filter { !$0.hasPrefix("  --") && !$0.hasPrefix(String(repeating: " ", count: 8)) }
      #expect(others == [])
      // Only the last line of a setting is short.
      for (line, next) in zip(settings, settings.dropFirst()) where line.hasPrefix("    ") && next.hasPrefix("    ") {
        let word = next.drop { $0 == " " }.prefix { $0 != " " }
        #expect(line.count + 1 + word.count >= min(columns, 100), "\(line)")
      }
    }
  }
}
