// SPDX-License-Identifier: Apache-2.0
import KubeModel
import KubeStore
import LinuxSystem
import Testing

@testable import PodRuntime

/// Pods with real namespaces, conmon and each OCI runtime that is there, as the user who runs the tests.
@Suite(
  .serialized, .timeLimit(.minutes(2)),
  .enabled(if: PodLab.obstacle == nil, "pods cannot run here: \(PodLab.obstacle ?? "")"))
struct RunningPodTests {
  private static let forever = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"

  @Test(arguments: PodLab.runtimes)
  func podHasItsNamesAddressVolumesAndVariables(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.create(.configMaps, #"{"metadata": {"name": "settings"}, "data": {"a.conf": "x=1"}}"#)
        try await lab.createPod(
          "db-0", script: "echo $ADDRESS > /data/address; \(Self.forever)",
          container: """
            "env": [{"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
            "readinessProbe": {"exec": {"command": ["test", "-s", "/data/address"]}, "periodSeconds": 1},
            "volumeMounts": [{"name": "data", "mountPath": "/data"},
                             {"name": "settings", "mountPath": "/etc/new/place"}]
            """,
          spec: """
            "hostname": "db-0", "subdomain": "db",
            "volumes": [{"name": "data", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "settings"}}]
            """)
        let pod = try await lab.ready("db-0")
        let address = try #require(pod.podIP)
        #expect(pod.phase == "Running")
        #expect(try await lab.shell(pod, "hostname; cat /data/address") == "db-0\n\(address)\n")
        #expect(try await lab.shell(pod, "cat /etc/new/place/a.conf") == "x=1")
        #expect(
          try await lab.shell(pod, "grep db-0 /etc/hosts") == "\(address)\tdb-0.db.default.svc.cluster.local\tdb-0\n")
        #expect(try await lab.shell(pod, "head -1 /etc/resolv.conf") == "nameserver 10.96.0.10\n")
        // The machine's programs are there, its files can be changed, and only here.
        #expect(try await lab.shell(pod, "echo mine > /etc/callsign-test; cat /etc/callsign-test") == "mine\n")
        #expect(!Files.exists("/etc/callsign-test"))

        try await lab.delete("db-0")
        try await lab.createPod("db-0", script: Self.forever)
        let next = try await lab.ready("db-0")
        #expect(next.podIP != address)
        try await lab.delete("db-0")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func partsOfVolumesAreMountedWithoutFollowingLinks(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod(
          "a", script: "echo 1 > /part/one; echo 2 > /memory/two; \(Self.forever)",
          container: """
            "readinessProbe": {"exec": {"command": ["test", "-s", "/memory/two"]}, "periodSeconds": 1},
            "volumeMounts": [{"name": "data", "mountPath": "/part", "subPath": "x/y"},
                             {"name": "data", "mountPath": "/whole"},
                             {"name": "memory", "mountPath": "/memory", "subPath": "m"}]
            """,
          spec: """
            "volumes": [{"name": "data", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}}]
            """)
        let pod = try await lab.ready("a")
        #expect(try await lab.shell(pod, "cat /whole/x/y/one; cat /memory/two") == "1\n2\n")
        try await lab.delete("a")

        let script = "ln -s /etc /whole/out; mkdir /whole/in; \(Self.forever)"
        try await lab.createPod(
          "b", script: Self.forever,
          container: #""volumeMounts": [{"name": "data", "mountPath": "/part", "subPath": "out/passwd"}]"#,
          spec: """
            "volumes": [{"name": "data", "emptyDir": {}}],
            "initContainers": [{"name": "i", "image": "host", "restartPolicy": "Always",
              "command": ["sh", "-c", "\(script)"], "volumeMounts": [{"name": "data", "mountPath": "/whole"}]}]
            """)
        let waiting = try #require(
          try await lab.wait(for: "b") { pod in
            let state = pod?.status["containerStatuses"]?.array?.first?["state"]?["waiting"]
            return state?["message"]?.string?.contains("leads over a link") == true
          })
        #expect(!waiting.isReady)
        try await lab.delete("b")
      }
    }
  }

  @Test("The data folder may have any name", arguments: PodLab.runtimes)
  func unusualFolder(runtime: OCIRuntime.Kind) async throws {
    // runc takes no comma, and is not chosen where there is one.
    let name = "a b'c\"d\\e:f%g$h-ä" + (runtime == .crun ? "," : "")
    try await PodLab.with(runtime, folderName: name) { lab in
      try await lab.runPods {
        try await lab.createPod("a", script: Self.forever)
        let pod = try await lab.ready("a")
        #expect(try await lab.shell(pod, "echo 1 > /etc/callsign-x; cat /etc/callsign-x") == "1\n")
        try await lab.delete("a")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func podsReachEachOtherAndProbesReachThem(runtime: OCIRuntime.Kind) async throws {
    let server = """
      exec perl -MIO::Socket::INET -e '$SIG{TERM} = sub { exit };
      $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
      while ($c = $s->accept) { <$c>; print $c "HTTP/1.0 200 OK\\r\\n\\r\\nhello\\n"; close $c }'
      """
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod(
          "web", script: server,
          container: """
            "ports": [{"name": "http", "containerPort": 8080}],
            "readinessProbe": {"httpGet": {"port": "http"}}, "livenessProbe": {"tcpSocket": {"port": 8080}}
            """)
        let web = try await lab.ready("web")
        try await lab.createPod("client", script: Self.forever)
        let client = try await lab.ready("client")
        let get = """
          perl -MIO::Socket::INET -e '$c = IO::Socket::INET->new("\(try #require(web.podIP)):8080") or die $!;
          print $c "GET / HTTP/1.0\\n\\n"; print <$c>'
          """
        #expect(try await lab.shell(client, get).hasSuffix("hello\n"))
        try await lab.delete("web")
        try await lab.delete("client")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func crashedContainerIsStartedAgainWithItsVolumes(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod(
          "a", script: "test -e /data/x || { touch /data/x; exit 3; }; \(Self.forever)",
          container: #""volumeMounts": [{"name": "data", "mountPath": "/data"}]"#,
          spec: #""volumes": [{"name": "data", "emptyDir": {}}]"#)
        let pod = try #require(
          try await lab.wait(for: "a") { pod in
            pod?.isReady == true && pod?.status["containerStatuses"]?.array?.first?["restartCount"] == 1
          })
        let last = pod.status["containerStatuses"]?.array?.first?["lastState"]?["terminated"]
        #expect(last?["exitCode"] == 3)
        try await lab.delete("a")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func podsThatEndSayHow(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod("good", script: "exit 0", spec: #""restartPolicy": "Never""#)
        try await lab.createPod("bad", script: "exit 7", spec: #""restartPolicy": "Never""#)
        try await lab.wait(for: "good") { $0?.phase == "Succeeded" }
        let bad = try #require(try await lab.wait(for: "bad") { $0?.phase == "Failed" })
        #expect(bad.status["containerStatuses"]?.array?.first?["state"]?["terminated"]?["exitCode"] == 7)
        try await lab.delete("good")
        try await lab.delete("bad")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func whatIsMissingIsSaidAndWaitedFor(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod(
          "late", script: Self.forever, container: #""envFrom": [{"configMapRef": {"name": "later"}}]"#)
        try await lab.wait(for: "late") { pod in
          let waiting = pod?.status["containerStatuses"]?.array?.first?["state"]?["waiting"]
          return waiting?["reason"] == "CreateContainerConfigError"
            && waiting?["message"] == #"configmap "later" not found"#
        }
        try await lab.create(.configMaps, #"{"metadata": {"name": "later"}, "data": {"A": "1"}}"#)
        _ = try await lab.ready("late")
        try await lab.delete("late")

        try await lab.create(
          .pods, #"{"metadata": {"name": "image"}, "spec": {"containers": [{"name": "main", "image": "mysql:8"}]}}"#)
        let pod = try #require(
          try await lab.wait(for: "image") { pod in
            pod?.status["containerStatuses"]?.array?.first?["state"]?["waiting"]?["reason"] == "ErrImagePull"
          })
        #expect(pod.phase == "Pending")
        try await lab.delete("image")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func aNewRunTakesOverWhatRuns(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod(
          "stays", script: "echo here > /run/mark; \(Self.forever)",
          container: #""readinessProbe": {"exec": {"command": ["test", "-s", "/run/mark"]}}"#)
        // It ends when the file is there.
        try await lab.createClaim("signal")
        try await lab.createPod(
          "ends", script: "until test -e /signal/end; do sleep 0.05; done; exit 4",
          container: #""volumeMounts": [{"name": "signal", "mountPath": "/signal"}]"#,
          spec: """
            "restartPolicy": "Never",
            "volumes": [{"name": "signal", "persistentVolumeClaim": {"claimName": "signal"}}]
            """)
        try await lab.createPod("goes", script: Self.forever)
        _ = try await lab.ready("stays")
        try await lab.wait(for: "ends") { $0?.phase == "Running" }
        _ = try await lab.ready("goes")
      }
      let before = try #require(lab.pod("stays"))
      let gone = try #require(lab.pod("goes"))
      // While nothing looks, a container ends and an object goes.
      try await lab.store.delete(
        .pods, namespace: "default", name: "goes", options: DeleteOptions(gracePeriodSeconds: 0))
      let ends = try #require(lab.pod("ends"))
      let exits = try DirectoryWatch(lab.folder + "/run/exits")
      let exit = ContainerID(pod: ends.metadata.uid, name: "main", attempt: 0).text
      try Files.write([], to: lab.folder + "/volumes/default/signal/end", mode: 0o644)
      while try !Files.list(lab.folder + "/run/exits").contains(exit) {
        guard try await exits.change() else { throw CancellationError() }
      }
      try await lab.runPods {
        let after = try await lab.wait(for: "ends") { $0?.phase == "Failed" }
        #expect(after?.status["containerStatuses"]?.array?.first?["state"]?["terminated"]?["exitCode"] == 4)
        let stays = try await lab.ready("stays")
        #expect(stays.podIP == before.podIP)
        #expect(stays.status["containerStatuses"] == before.status["containerStatuses"])
        #expect(try await lab.shell(stays, "cat /run/mark") == "here\n")
        await lab.waitUntilRemoved(gone.metadata.uid)
        try await lab.delete("ends")
        try await lab.delete("stays")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func hooksRunAfterTheStartAndBeforeTheEnd(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createClaim("data")
        try await lab.createPod(
          "a", script: Self.forever,
          container: """
            "lifecycle": {"postStart": {"exec": {"command": ["touch", "/data/first"]}},
                          "preStop": {"exec": {"command": ["touch", "/data/last"]}}},
            "volumeMounts": [{"name": "data", "mountPath": "/data"}]
            """,
          spec: #""volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]"#)
        let pod = try await lab.ready("a")
        #expect(try await lab.shell(pod, "ls /data") == "first\n")
        try await lab.delete("a")
        #expect(try Files.list(lab.folder + "/volumes/default/data") == ["first", "last"])

        try await lab.createPod(
          "b", script: Self.forever,
          container: #""lifecycle": {"postStart": {"httpGet": {"port": 81, "scheme": "HTTPS"}}}"#)
        try await lab.wait(for: "b") { pod in
          let state = pod?.status["containerStatuses"]?.array?.first
          return state?["state"]?["waiting"] != nil && state?["state"]?["waiting"]?["reason"] != "ContainerCreating"
        }
        try await lab.delete("b")
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func controlGroupsAreSeenAsOneVersionAndCannotBeMade(runtime: OCIRuntime.Kind) async throws {
    let kernel = try Files.readText("/proc/filesystems")
    try await PodLab.with(runtime) { lab in
      let made = try await lab.agent.run(["mkdir", ControlGroupView.place + "/callsign-test"])
      #expect(made.errors.contains("Read-only file system"))
      let mounts = try await lab.agent.run(["grep", " \(ControlGroupView.place) ", "/proc/self/mounts"])
      guard kernel.contains("cgroup2") else { return }
      let last = mounts.output.split(separator: "\n").last
      #expect(last?.hasPrefix("cgroup2 \(ControlGroupView.place) cgroup2 ro,") == true)
    }
  }

  @Test(arguments: PodLab.runtimes)
  func theEndOfTheNodeAgentEndsTheNodeAndLeavesThePodsToTheNextOne(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      await #expect(throws: RuntimeError.self) {
        try await lab.runPods {
          try await lab.createPod("a", script: Self.forever)
          let pod = try await lab.ready("a")
          await lab.agent.shutdown()
          try await lab.wait(for: "a") { $0?.isReady == false && $0?.podIP == nil }
          await lab.waitUntilRemoved(pod.metadata.uid)
        }
      }
      #expect(lab.pod("a")?.phase == "Pending")
    }
  }

  @Test(arguments: PodLab.runtimes)
  func theEndOfAContainerIsSeenWhereItsKeeperCouldNotWriteIt(runtime: OCIRuntime.Kind) async throws {
    let killKeepers = """
      for p in /proc/[0-9]*; do [ "$(cat $p/comm)" != conmon ] || kill -9 ${p#/proc/}; done
      """
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod("silent", script: Self.forever)
        _ = try await lab.ready("silent")
        _ = try await lab.agent.run(["sh", "-c", killKeepers])
        try await lab.delete("silent", grace: 1)
      }
    }
  }

  @Test(arguments: PodLab.runtimes)
  func podThatWillNotEndIsKilledAfterItsGrace(runtime: OCIRuntime.Kind) async throws {
    try await PodLab.with(runtime) { lab in
      try await lab.runPods {
        try await lab.createPod("deaf", script: "trap '' TERM; while :; do sleep 1; done")
        _ = try await lab.ready("deaf")
        try await lab.delete("deaf", grace: 1)
      }
    }
  }
}
