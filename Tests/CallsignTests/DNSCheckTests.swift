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
  }
}
