// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
  /// How a cluster ends, and what goes on without it.
  @Suite(.timeLimit(.minutes(4)), .enabled(if: Machine.runsPods, Machine.needs)) struct EndingTests {
    @Test("Down, Ctrl-C and SIGTERM end the pods", arguments: [Up.Ending.down, .interrupt, .terminate])
    func ends(by ending: Up.Ending) async throws {
      try await Site.with { site in
        try await site.servers(1, ending: ending) { _ in
          #expect(site.processes("server-of-").count == 1)
        }
        #expect(site.processes() == [])
        #expect(try await site.callsign("down").succeeded().output == "nothing runs from \(site.folder)\n")
      }
    }

    @Test func podsOutliveAKilledUpAndTheNextOneTakesThemOver() async throws {
      try await Site.with { site in
        var processes: [String] = []
        var answers: [String] = []
        var addresses: [String] = []
        var uids = ""
        let uidPath = "jsonpath={.items[*].metadata.uid}"
        try await site.servers(2, ending: .kill) { up in
          processes = site.processes("server-of-")
          answers = try await site.ask("db-0.db", port: 80) + site.ask("db-1.db", port: 80)
          addresses = try await up.names("db")
          uids = try await site.kubectl("get", "pods", "-o", uidPath).succeeded().output
        }
        #expect(processes.count == 2)
        #expect(site.processes("server-of-") == processes, "they run")
        #expect(try await site.callsign("status").status == 1)

        try await site.up("--runtime", "oci") { up in
          try await site.serversAreReady()
          try await site.wait("--for=condition=Ready", "pod", "--all")
          #expect(try await up.names("db") == addresses)
          let same = try await site.ask("db-0.db", port: 80) + site.ask("db-1.db", port: 80)
          #expect(same == answers, "no server was started again")
          #expect(try await site.answering() == ["db-0", "db-1"])
          #expect(try await site.kubectl("get", "pods", "-o", uidPath).succeeded().output == uids)
          #expect(try await site.field(".items[*].status.containerStatuses[0].restartCount", of: "pods") == "0 0 0")
          #expect(site.processes("server-of-") == processes)

          // They are looked after again: one that is killed is started again.
          let number = try #require(processes[0].split(separator: " ").first.map(String.init))
          try await Program.run(["sh", "-c", "kill -KILL \(number)"]).succeeded()
          try await eventually {
            try await site.field(".items[*].status.containerStatuses[0].restartCount", of: "pods")
              .split(separator: " ").sorted() == ["0", "0", "1"]
          }
        }
      }
    }

    @Test func downEndsPodsWhoseUpWasKilled() async throws {
      try await Site.with { site in
        try await site.servers(1, ending: .kill) { _ in }
        #expect(site.processes("server-of-").count == 1)
        // `client` does not listen to SIGTERM, and has one second of grace, not the 30 of a pod that says nothing.
        let time = try await ContinuousClock().measure { try await site.callsign("down").succeeded() }
        #expect(time < .seconds(15))
        #expect(site.processes() == [])
      }
    }
  }
}
