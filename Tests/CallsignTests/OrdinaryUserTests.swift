// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
  /// The same for a user without any rights on the machine.
  @Suite(
    .timeLimit(.minutes(2)), .enabled(if: Program.isRoot, "needs root, to become another user"),
    .enabled(if: Machine.runsPods, Machine.needs))
  struct OrdinaryUserTests {
    @Test func podsNamesAndAddresses() async throws {
      try await OrdinaryUser.with { site in
        try await site.servers(2) { up in
          #expect(try await site.callsign("status").succeeded().lines[2] == "runtime  oci")
          #expect(try await up.names("db").count == 2)
          for number in 0...1 {
            let address = try await site.field(".status.podIP", of: "pod/db-\(number)")
            #expect(try await up.names("db-\(number).db") == [address])
            #expect(try await site.ask("db-\(number).db", port: 80)[0].hasPrefix("db-\(number) "))
          }
          #expect(try await site.answering("any", "tcp") == ["db-0", "db-1"])
          #expect(try await site.answering("any", "udp") == ["db-0", "db-1"])
          #expect(try await site.ask("nobody", port: 80) == ["refused"])

          try await site.kubectl("delete", "pod", "db-1").succeeded()
          try await site.serversAreReady()
          #expect(try await site.exec("db-1", "uname", "-n") == "db-1\n")
        }
      }
    }

    @Test func podsOutliveAKilledUp() async throws {
      try await OrdinaryUser.with { site in
        var answer: [String] = []
        try await site.servers(1, ending: .kill) { _ in answer = try await site.ask("db-0.db", port: 80) }
        try await site.up("--runtime", "oci") { _ in
          try await site.wait("--for=condition=Ready", "pod", "--all")
          #expect(try await site.ask("db-0.db", port: 80) == answer)
        }
      }
    }
  }
}
