// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import KubeModel
import LinuxSystem
import Logging
import Naming
import ServiceLifecycle
import Testing

@testable import DNSServer

/// Other people's name servers take the zone from ours: Debian's NSD and Knot.
@Suite("Real secondaries", .timeLimit(.minutes(2)))
struct SecondaryTests {
  enum Program: String, CaseIterable { case nsd, knotd }

  static let questions: [(String, RecordType)] = [
    ("cluster.local", .soa), ("cluster.local", .ns), ("ns.dns.cluster.local", .a), ("dns-version.cluster.local", .txt),
    ("web.default.svc.cluster.local", .a), ("web.default.svc.cluster.local", .srv),
    ("_http._tcp.web.default.svc.cluster.local", .srv), ("mysql.default.svc.cluster.local", .a),
    ("mysql-1.mysql.default.svc.cluster.local", .a), ("_p._tcp.mysql.default.svc.cluster.local", .srv),
    ("big.default.svc.cluster.local", .a), ("big-299.big.default.svc.cluster.local", .a),
    ("away.default.svc.cluster.local", .cname),
    ("nothing.default.svc.cluster.local", .a), ("default.svc.cluster.local", .a), ("svc.cluster.local", .a),
  ]

  @Test("It takes the zone, answers the same, and follows a change that it was told of", arguments: Program.allCases)
  func secondary(program: Program) async throws {
    let index = TestObjects.index()
    let peer = AddressRange("127.0.0.1")!
    try await withServer(index, TransferTests.settings([peer])) { server in
      let secondary = try Secondary(program, primary: server)
      defer { secondary.end() }
      var notify = NotifySettings(peers: [secondary.place])
      notify.intervalSeconds = 1
      let notifier = ServiceGroup(
        services: [ZoneNotifier(index: index, settings: notify, logger: Logger(label: "test"))],
        logger: Logger(label: "test"))
      async let notifying: Void = notifier.run()

      try await secondary.waitForSerial(index.snapshot.serial)
      try await Self.compare(server, secondary.place)

      index.apply([
        .updated(TestObjects.slice("mysql", [("10.244.7.7", "mysql-0"), ("10.244.7.8", "mysql-7")])),
        .updated(TestObjects.service("web", ["clusterIPs": ["10.96.0.99"], "ports": [["name": "x", "port": 81]]])),
      ])
      try await secondary.waitForSerial(index.snapshot.serial)
      try await Self.compare(server, secondary.place)
      let changed = try await DNSClient().query(
        Question(name: try Name("mysql-7.mysql.default.svc.cluster.local"), type: .a), at: secondary.place)
      #expect(changed.answers.map(\.dataText) == ["10.244.7.8"])

      await notifier.triggerGracefulShutdown()
      try await notifying
    }
  }

  /// Whether both servers say the same.
  static func compare(_ ours: Upstream, _ theirs: Upstream) async throws {
    for (name, type) in questions {
      let question = Question(name: try Name(name), type: type)
      let mine = try await DNSClient().query(question, at: ours)
      let other = try await DNSClient().query(question, at: theirs)
      #expect(mine.responseCode == other.responseCode, "\(name) \(type)")
      #expect(
        mine.answers.map(\.description).sorted() == other.answers.map(\.description).sorted(), "\(name) \(type)")
    }
  }
}

/// A name server of another make that has the zone from ours, in a folder of its own. It ends with `end()`.
final class Secondary: Sendable {
  let place: Upstream
  private let process: Int32
  private let folder: URL

  init(_ program: SecondaryTests.Program, primary: Upstream) throws {
    // A port that was free a moment ago: these programs cannot be handed a socket.
    let port = try DNSSockets.open(HostAddress("127.0.0.1")!, port: 0).port!
    place = Upstream(HostAddress("127.0.0.1")!, port: port)
    folder = FileManager.default.temporaryDirectory.appending(path: "callsign-\(program)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "conf").path
    let text = program == .nsd ? Self.nsd(folder.path, port, primary) : Self.knot(folder.path, port, primary)
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    let log = folder.appending(path: "log")
    try Data().write(to: log)
    let output = try Descriptor.openForAppending(log.path)
    // Not Foundation's Process: it hands its own blocked signals down, and these programs would not hear SIGTERM.
    process = try ChildProcess.start(
      ProcessImage(
        ["/usr/sbin/\(program.rawValue)"] + (program == .nsd ? ["-d", "-c", file] : ["-c", file]),
        environment: ["PATH=/usr/sbin:/usr/bin:/bin"], leadsSession: true),
      descriptors: [try Descriptor.null().number, output.number, output.number])
  }

  private static func nsd(_ folder: String, _ port: UInt16, _ primary: Upstream) -> String {
    """
    server:
      ip-address: 127.0.0.1@\(port)
      username: ""
      zonesdir: "\(folder)"
      database: ""
      zonelistfile: "\(folder)/zone.list"
      xfrdfile: "\(folder)/xfrd.state"
      xfrdir: "\(folder)"
      pidfile: ""
      server-count: 1
      xfrd-reload-timeout: 0
    remote-control:
      control-enable: no
    zone:
      name: "cluster.local"
      zonefile: "cluster.local.zone"
      request-xfr: AXFR \(primary.address)@\(primary.port) NOKEY
      allow-notify: 127.0.0.1 NOKEY
    """
  }

  private static func knot(_ folder: String, _ port: UInt16, _ primary: Upstream) -> String {
    """
    server:
      listen: 127.0.0.1@\(port)
      rundir: "\(folder)"
      pidfile: "\(folder)/pid"
      udp-workers: 1
      tcp-workers: 1
      background-workers: 1
    control:
      listen: "\(folder)/control"
    database:
      storage: "\(folder)"
    remote:
      - id: primary
        address: \(primary.address)@\(primary.port)
    acl:
      - id: notify
        address: 127.0.0.1
        action: notify
    zone:
      - domain: cluster.local
        storage: "\(folder)"
        master: primary
        acl: notify
    """
  }

  /// Asks until the server has this serial. It has no way to tell us, so it is asked again after a moment; the suite's
  /// time limit ends that.
  func waitForSerial(_ serial: UInt32) async throws {
    let question = Question(name: try Name("cluster.local"), type: .soa)
    while true {
      guard !Task.isCancelled else {
        throw ProgramError(text: (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "")
      }
      let answer = try? await DNSClient().query(question, at: place, timeoutMilliseconds: 200)
      if let soa = answer?.answers.first, soa.type == .soa,
        soa.data.dropLast(16).suffix(4).reduce(0, { $0 << 8 | UInt32($1) }) == serial { return }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  func end() {
    try? ChildProcess.signal(process, SIGTERM)
    _ = try? ChildProcess.wait(for: process)
    try? FileManager.default.removeItem(at: folder)
  }
}
