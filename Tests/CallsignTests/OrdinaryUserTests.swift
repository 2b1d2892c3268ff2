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

    @Test func withoutNamespacesNamesAndAddressesGoOn() async throws {
      try await OrdinaryUser.with { site in
        // The kernel makes no user namespace for a process in a chroot environment (unshare(2), EPERM).
        let machine = "\(site.root)/machine"
        let user = machine.split(separator: "/")[1]
        var confined = site
        confined.wrapper = [
          "unshare", "--mount", "sh", "-c",
          "mount --rbind / \(machine) && exec chroot --userspec=\(user):\(user) \(machine) \"$@\"", "sh",
        ]
        try await Program.run(["mkdir", machine]).succeeded()
        let reason = "user namespaces are not allowed here"
        let refused = try await confined.callsign("up", "--runtime", "oci", "--api-port", "0", "--dns-port", "0")
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("Error: pods cannot run: \(reason)"))
        #expect(refused.errors.split(separator: "\n").count == 1)
        try await confined.up("-f", CommandTests.headless) { up in
          #expect(up.lines[2].hasPrefix("pods get addresses and names but do not run: \(reason)"))
          try await site.wait("--for=condition=Ready", "pod/myapp-pod")
          try await eventually { try await up.names("mysql-pod.headless-svc").count == 1 }
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
