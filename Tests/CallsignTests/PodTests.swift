// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
  /// Names and addresses of pods that really run, asked by clients in other pods.
  @Suite(.timeLimit(.minutes(4)), .enabled(if: Machine.runsPods, Machine.needs)) struct PodTests {
    @Test func aStatefulSetStartsInOrderAndEachPodHasAName() async throws {
      try await Site.with { site in
        try await site.servers(3) { up in
          var addresses: [String] = []
          for number in 0...2 {
            let pod = "pod/db-\(number)"
            addresses.append(try await site.field(".status.podIP", of: pod))
            #expect(try await site.field(".status.containerStatuses[0].restartCount", of: pod) == "0", "in order")
            #expect(try await up.names("db-\(number).db") == [addresses[number]])
            #expect(try await up.dig("+short", "-x", addresses[number])
              == ["db-\(number).db.default.svc.cluster.local."])
            #expect(try await site.ask("db-\(number).db", port: 80)[0].hasPrefix("db-\(number) "))
          }
          #expect(Set(addresses).count == 3)
          #expect(try await up.names("db") == addresses.sorted())
          #expect(try await up.names("_echo._tcp.db", "SRV").map { $0.split(separator: " ").suffix(2) }
            == (0...2).map { ["80", "db-\($0).db.default.svc.cluster.local."] })

          #expect(try await site.exec("db-1", "uname", "-n") == "db-1\n")
          #expect(try await site.exec("db-1", "getent", "hosts", "db-1").hasPrefix(addresses[1]))
          let settings = try await site.exec("db-1", "cat", "/etc/resolv.conf")
          #expect(settings.contains("nameserver 10.96.0.10\n"))
          #expect(settings.contains("search default.svc.cluster.local svc.cluster.local cluster.local"))
        }
      }
    }

    @Test func aServiceIsAnsweredByAllItsPodsAndOneWithoutAnyRefuses() async throws {
      try await Site.with { site in
        try await site.servers(3) { up in
          let address = try await site.field(".spec.clusterIP", of: "service/any")
          #expect(try await up.names("any") == [address])
          #expect(try await site.answering("any", "tcp") == ["db-0", "db-1", "db-2"])
          #expect(try await site.answering("any", "udp") == ["db-0", "db-1", "db-2"])
          #expect(try await site.ask("nobody", port: 80) == ["refused"])
        }
      }
    }

    @Test func anUnreadyPodLeavesNamesAndAddressesAndComesBack() async throws {
      try await Site.with { site in
        try await site.servers(2) { up in
          let addresses = try await up.names("db")
          _ = try await site.exec("db-1", "touch", "/tmp/unready")
          try await site.wait("--for=condition=Ready=false", "pod/db-1")
          try await eventually { try await up.names("db").count == 1 }
          #expect(try await up.dig("db-1.db.default.svc.cluster.local").contains { $0.contains("status: NXDOMAIN") })
          try await eventually { try await site.answering() == ["db-0"] }

          _ = try await site.exec("db-1", "rm", "/tmp/unready")
          try await site.wait("--for=condition=Ready", "pod/db-1")
          try await eventually { try await up.names("db") == addresses }
          try await eventually { try await site.answering() == ["db-0", "db-1"] }
        }
      }
    }

    @Test func aDeletedPodComesBackWithItsNameAndAnotherAddress() async throws {
      try await Site.with { site in
        try await site.servers(2) { up in
          let before = try await up.names("db-0.db")
          try await site.kubectl("delete", "pod", "db-0").succeeded()
          try await site.serversAreReady()
          try await eventually { try await up.names("db-0.db").count == 1 }
          let after = try await up.names("db-0.db")
          #expect(after != before)
          #expect(try await site.ask("db-0.db", port: 80)[0].hasPrefix("db-0 "))
          try await eventually { try await site.answering() == ["db-0", "db-1"] }
        }
      }
    }

    @Test func podsWithOneHostnameShareAName() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "oci", "-f", "\(Program.project)/Examples/headless") { up in
          try await site.wait("--for=condition=Available", "deployment/web")
          try await site.wait("--for=condition=Ready", "pod/myapp-pod")
          let web = try await site.kubectl(
            "get", "pods", "-l", "tier=web", "-o", "jsonpath={range .items[*]}{.status.podIP}{\"\\n\"}{end}"
          ).succeeded().lines.sorted()
          #expect(web.count == 3)
          try await eventually { try await up.names("web.headless-svc") == web }
          let pod = try await site.field(".status.podIP", of: "pod/myapp-pod")
          #expect(try await up.names("mysql-pod.headless-svc") == [pod])
          #expect(try await up.names("headless-svc") == (web + [pod]).sorted())
          // Each under its own name, as the C library of a pod finds it.
          let found = try await site.exec("myapp-pod", "getent", "ahostsv4", "web.headless-svc")
          #expect(Set(found.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
            == Set(web))
          #expect(try await site.exec("myapp-pod", "uname", "-n") == "mysql-pod\n")
        }
      }
    }

    @Test func execAndLogsGiveWhatACommandSays() async throws {
      try await Site.with { site in
        try await site.servers(1) { _ in
          let script = "read line; echo \"got $line\"; echo astray >&2; exit 7"
          let ended = try await site.callsign("exec", "client", "--", "sh", "-c", script, input: "this\n")
          #expect(ended.status == 7)
          #expect(ended.output == "got this\n")
          #expect(ended.errors == "astray\n")
          try await site.callsign("exec", "nobody", "--", "true").failed(saying: "pods \"nobody\" not found")
          let wrong = try await site.callsign("exec", "client", "-c", "other", "--", "true")
          #expect(wrong.status == 1)
          #expect(wrong.errors.contains("other"))
          #expect(try await site.callsign("logs", "db-0").succeeded().output == "db-0 serves\n")
          #expect(try await site.kubectl("logs", "db-0").errors.contains("use `callsign logs`"))
        }
      }
    }
  }
}
