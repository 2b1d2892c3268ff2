// SPDX-License-Identifier: Apache-2.0
import Glibc
import KubeModel
import LinuxSystem
import OrderedCollections
import Testing

@testable import KubeClient

/// Plugins are scripts of the shell: real programs.
@Suite("Credential plugins", .timeLimit(.minutes(1))) struct ExecPluginTests {
  private static let version = ExecPlugin.Version.v1

  private static func plugin(_ script: String, in folder: TestFolder, cluster: JSONValue? = nil) throws -> ExecPlugin {
    let path = try folder.write("#!/bin/sh\n\(script)\n", to: "plugin", mode: 0o700)
    return ExecPlugin(
      command: path, arguments: ["one", "two three"], environment: ["ADDED": "yes"], version: version,
      installHint: "apt install plugin", cluster: cluster)
  }

  private static func answer(_ status: String) -> String {
    // Unlike echo, printf leaves backslashes alone here.
    #"printf '%s\n' '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{\#(status)}}'"#
  }

  private static func credentials(
    _ plugin: ExecPlugin, clock: HandClock = HandClock(), time: @escaping WallTime = { Timestamp(microseconds: 0) }
  ) -> ExecCredentials<HandClock> {
    ExecCredentials(plugin, certificate: StoredCredentials(place: "test"), clock: clock, time: time)
  }

  @Test("Arguments, environment and what is told of the cluster") func told() async throws {
    try await TestFolder.with { folder in
      let script =
        "printf '%s' \"$KUBERNETES_EXEC_INFO\" > \(folder.path)/info; "
        + "echo $# \"$2\" $ADDED $HOME > \(folder.path)/args; " + Self.answer(#""token":"t0k3n""#)
      let plugin = try Self.plugin(script, in: folder, cluster: ["server": "https://a:443"])
      #expect(try await Self.credentials(plugin).credentials() == Credentials(token: "t0k3n"))
      let home = ChildProcess.environmentValue("HOME") ?? ""
      #expect(try Files.readText("\(folder.path)/args") == "2 two three yes \(home)\n")
      let information = try JSONParser.parse(Files.read("\(folder.path)/info"))
      let expected: JSONValue = [
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
        "spec": ["interactive": false, "cluster": ["server": "https://a:443"]],
      ]
      #expect(information.isEquivalent(to: expected))
    }
  }

  @Test("From a kubeconfig file, with the cluster's settings, by a path from the file's folder") func fromFile()
    async throws
  {
    try await TestFolder.with { folder in
      let pem = try TestAuthority().pem
      try folder.write(pem, to: "ca.crt")
      try folder.write(
        "#!/bin/sh\nprintf '%s' \"$KUBERNETES_EXEC_INFO\" > \(folder.path)/info\n"
          + #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","#
          + #""status":{"token":"x"}}'"#,
        to: "bin/plugin", mode: 0o700)
      let path = try folder.write(
        """
        clusters:
        - name: c
          cluster:
            server: https://a
            certificate-authority: ca.crt
            tls-server-name: b
            extensions:
            - name: client.authentication.k8s.io/exec
              extension: {audience: me}
        users:
        - name: u
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1beta1
              command: ./bin/plugin
              provideClusterInfo: true
              env: [{name: A, value: b}]
        contexts: [{name: x, context: {cluster: c, user: u}}]
        """, to: "config")
      let configuration = try KubeconfigSet(path: path).configuration(context: "x")
      #expect(try await configuration.credentials.credentials() == Credentials(token: "x"))
      let specification = try JSONParser.parse(Files.read("\(folder.path)/info"))["spec"]
      let expected: JSONValue = [
        "interactive": false,
        "cluster": [
          "server": "https://a:443", "tls-server-name": "b",
          "certificate-authority-data": .string(Base64.encode(Array(pem.utf8))), "config": ["audience": "me"],
        ],
      ]
      #expect(specification?.isEquivalent(to: expected) == true)
    }
  }

  /// A plugin whose every call gives another token, and one that counts.
  private static func counting(_ folder: TestFolder, expiration: String? = nil) throws -> ExecPlugin {
    let end = expiration.map { #","expirationTimestamp":"\#($0)""# } ?? ""
    let json =
      #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"token-%s"\#(end)}}"#
    return try plugin(
      "echo x >> \(folder.path)/calls; printf '\(json)' $(wc -l < \(folder.path)/calls)", in: folder)
  }

  @Test("Credentials are asked for again before their end, whatever the clocks say of it") func expiration()
    async throws
  {
    try await TestFolder.with { folder in
      let plugin = try Self.counting(folder, expiration: "1970-01-01T00:10:00Z")
      let clock = HandClock()
      let credentials = Self.credentials(plugin, clock: clock)
      #expect(try await credentials.credentials() == Credentials(token: "token-1"))
      // Ten minutes are left by the clock of the day, and a tenth of them is kept as a margin.
      clock.advance(by: .seconds(539))
      #expect(try await credentials.credentials() == Credentials(token: "token-1"))
      clock.advance(by: .seconds(1))
      #expect(try await credentials.credentials() == Credentials(token: "token-2"))
    }
    // This machine's clock is an hour ahead: all that comes seems to have ended.
    let life = ExecCredentials<HandClock>.life(
      until: Timestamp(microseconds: 0), from: Timestamp(microseconds: 3_600_000_000))
    #expect(life == .seconds(30))
    let long = ExecCredentials<HandClock>.life(
      until: Timestamp(microseconds: 3_600_000_000), from: Timestamp(microseconds: 0))
    #expect(long == .seconds(3540))
  }

  @Test("Credentials that a server did not take are asked for anew, but not all the time") func refusal() async throws {
    try await TestFolder.with { folder in
      let clock = HandClock()
      let credentials = Self.credentials(try Self.counting(folder), clock: clock)
      let first = try await credentials.credentials()
      #expect(try await credentials.credentials(after: first) == nil, "they have only just come")
      clock.advance(by: .seconds(5))
      let second = try #require(try await credentials.credentials(after: first))
      #expect(second == Credentials(token: "token-2"))
      #expect(try await credentials.credentials(after: first) == second, "another has asked already")
      #expect(try await credentials.credentials() == second)
    }
  }

  @Test("Those who ask at the same time share one call") func shared() async throws {
    try await TestFolder.with { folder in
      let credentials = Self.credentials(try Self.counting(folder))
      let all = try await withThrowingTaskGroup(of: Credentials.self) { group in
        for _ in 0..<20 { group.addTask { try await credentials.credentials() } }
        return try await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(all == [Credentials(token: "token-1")])
    }
  }

  @Test("Who is cancelled does not wait for a plugin; where that one has asked, another asks instead")
  func cancelled() async throws {
    try await TestFolder.with { folder in
      let fifo = "\(folder.path)/begun"
      try #require(unsafe mkfifo(fifo, 0o600) == 0)
      let begun = try Descriptor.open(fifo, O_RDWR | O_NONBLOCK)
      let script = "if mkdir \(folder.path)/first; then echo > \(fifo); sleep 1000; fi; "
        + Self.answer(#""token":"second""#)
      let credentials = Self.credentials(try Self.plugin(script, in: folder))
      let asks = Task { try await credentials.credentials() }
      _ = try await Poller.shared.wait(for: .readable, of: begun)
      let waits = Task { try await credentials.credentials() }
      let leaves = Task { try await credentials.credentials() }
      leaves.cancel()
      await #expect(throws: CredentialError.self) { try await leaves.value }
      asks.cancel()
      await #expect(throws: CredentialError.self) { try await asks.value }
      #expect(try await waits.value == Credentials(token: "second"))
    }
  }

  @Test("A plugin has ended when its process has, not when it writes no more") func closesEarly() async throws {
    try await TestFolder.with { folder in
      let script = Self.answer(#""token":"t0k3n""#) + "; exec >&- 2>&-; sleep 0.2"
      let credentials = Self.credentials(try Self.plugin(script, in: folder))
      #expect(try await credentials.credentials() == Credentials(token: "t0k3n"))
    }
  }

  @Test("A client certificate of a plugin") func certificate() async throws {
    try await TestFolder.with { folder in
      let script = Self.answer(#""clientCertificateData":"C\nD","clientKeyData":"K""#)
      let plugin = try Self.plugin(script, in: folder)
      let identity = ClientIdentity(certificates: Array("C\nD".utf8), key: Array("K".utf8))
      #expect(try await Self.credentials(plugin).credentials() == Credentials(identity: identity))
    }
  }

  @Test(
    "What goes wrong is said",
    arguments: [
      ("echo first >&2; echo please log in >&2; exit 3", "it ended with status 3: please log in"),
      ("kill -9 $$", "it ended with status 137: and said nothing"),
      ("echo nonsense", "its answer is not JSON"),
      ("echo '{}'", "its answer is no ExecCredential"),
      (
        #"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1"}'"#,
        "it answered in client.authentication.k8s.io/v1beta1, asked in client.authentication.k8s.io/v1"
      ),
      (#"echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}'"#, "its answer has no status"),
      (answer(""), "it gave neither a token nor a client certificate"),
      (answer(#""token":5"#), "its token is an integer, not a string"),
      (
        answer(#""clientKeyData":"K""#),
        "it gave a client certificate without its key, or a key without its certificate"
      ),
      (answer(#""token":"a","expirationTimestamp":"soon""#), "its expirationTimestamp \"soon\" is no time"),
      ("head -c 2000000 /dev/zero", "it wrote more than 1024 KiB"),
    ])
  func failures(script: String, message: String) async throws {
    try await TestFolder.with { folder in
      let plugin = try Self.plugin(script, in: folder)
      let error = await #expect(throws: CredentialError.self) { try await Self.credentials(plugin).credentials() }
      let prefix = "the credential plugin \"\(plugin.command)\" failed: "
      #expect(error?.message.hasPrefix(prefix + message) == true, "\(error?.message ?? "")")
    }
  }

  @Test("A program that is not there: how to install it") func missing() async throws {
    try await TestFolder.with { folder in
      var plugin = try Self.plugin("", in: folder)
      plugin.command = "callsign-no-such-plugin"
      let error = await #expect(throws: CredentialError.self) { try await Self.credentials(plugin).credentials() }
      #expect(error?.message.hasSuffix("there is no such program that can be run: apt install plugin") == true)
    }
  }

  @Test("A plugin that does not end is ended, with all that it started") func tooLong() async throws {
    try await TestFolder.with { folder in
      let path = try folder.write(
        "#!/bin/sh\nsleep 1000 &\necho $! > \(folder.path)/child\nwait\n",
        to: "plugin",
        mode: 0o700)
      let image = ProcessImage([path], environment: ["PATH=/usr/bin:/bin"], leadsSession: true)
      let failure = await #expect(throws: PluginProcess.Failure.self) {
        try await PluginProcess(image).run(
          maximumOutput: 10, maximumErrors: 10, limit: .seconds(3), clock: ContinuousClock())
      }
      guard case .tooLong = failure else {
        Issue.record("\(String(describing: failure))")
        return
      }
      let child = try Files.readText("\(folder.path)/child").filter { !$0.isWhitespace }
      // A process that has ended and that nobody has asked about yet is still there, as a zombie.
      let status = (try? Files.readText("/proc/\(child)/stat")) ?? ""
      #expect(status.isEmpty || status.contains(") Z "), "\(status)")
    }
  }
}
