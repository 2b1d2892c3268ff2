// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import TestSupport
import Testing

@testable import DNSServer

@Suite("Questions that come before their names do")
struct HoldTests {
  private static let set = KubeObject(
    ["metadata": ["name": "db", "namespace": "default"], "spec": ["serviceName": "db", "replicas": 2]],
    of: .statefulSets)

  private static func index() -> (NameIndex, PodDirectory) {
    let index = TestObjects.index()
    index.apply([.updated(TestObjects.service("db", ["clusterIP": "None"]))])
    let directory = PodDirectory()
    directory.apply([.updated(set)])
    return (index, directory)
  }

  private static func settings(_ milliseconds: Int64, most: Int = 1000) -> DNSServerSettings {
    var settings = DNSServerSettings()
    settings.hold.milliseconds = milliseconds
    settings.hold.maximumQuestions = most
    return settings
  }

  private static func question(_ name: String) throws -> Question {
    Question(name: try Name("\(name).default.svc.cluster.local"), type: .a)
  }

  @Test("Over UDP and TCP the question is answered when the name is there", arguments: [false, true])
  func answered(overTCP: Bool) async throws {
    let (index, directory) = Self.index()
    try await withServer(index, Self.settings(5000), directory: directory) { server in
      async let answer = DNSClient().query(try Self.question("db-0.db"), at: server, overTCP: overTCP)
      // A question for a name that nobody will make is answered meanwhile.
      let other = try await DNSClient().query(try Self.question("db-7.db"), at: server, overTCP: overTCP)
      #expect(other.responseCode == .nameError)
      index.apply([.updated(TestObjects.slice("db", [("10.244.9.1", "db-0")]))])
      #expect(try await answer.answers.map(\.dataText) == ["10.244.9.1"])
      #expect(try await answer.header.flags.contains(.authoritative))
    }
  }

  @Test("Over HTTP the question waits too")
  func answeredOverHTTP() async throws {
    let (index, directory) = Self.index()
    let clock = ManualClock()
    let http = try DNSSockets.openStream(HostAddress("127.0.0.1")!, port: 0)
    let port = try #require(DNSSockets.port(of: http))
    try await withServer(index, Self.settings(1000), directory: directory, clock: clock, http: [http]) { _ in
      let parameter = try HTTPSTests.parameter("db-0.db.default.svc.cluster.local")
      let url = "'http://127.0.0.1:\(port)/dns-query?dns=\(parameter)'"
      async let text = output(
        of: "sh", ["-c", "curl -s --max-time 10 \(url) | od -An -v -tx1 | tr -d ' \\n'"])
      await clock.sleeper(until: .milliseconds(1000))
      index.apply([.updated(TestObjects.slice("db", [("10.244.9.1", "db-0")]))])
      // The address, in the answer.
      #expect(try await text.contains("0af40901"))
    }
  }

  @Test("When the time is up the answer is no, as it would have been")
  func timeIsUp() async throws {
    let (index, directory) = Self.index()
    let clock = ManualClock()
    try await withServer(index, Self.settings(1000), directory: directory, clock: clock) { server in
      async let answer = DNSClient().query(try Self.question("db-1.db"), at: server)
      await clock.sleeper(until: .milliseconds(1000))
      clock.advance(by: .milliseconds(1000))
      #expect(try await answer.responseCode == .nameError)
      #expect(try await answer.authorities.map(\.type) == [.soa])
    }
  }

  @Test("Beyond the limit, and where it is off, nothing waits", arguments: [0, 1000] as [Int64])
  func limit(milliseconds: Int64) async throws {
    let (index, directory) = Self.index()
    let clock = ManualClock()
    let settings = Self.settings(milliseconds, most: 1)
    try await withServer(index, settings, directory: directory, clock: clock) { server in
      if milliseconds == 0 {
        #expect(try await DNSClient().query(try Self.question("db-0.db"), at: server).responseCode == .nameError)
        return
      }
      async let first = DNSClient().query(try Self.question("db-0.db"), at: server)
      await clock.sleeper(until: .milliseconds(1000))
      #expect(try await DNSClient().query(try Self.question("db-1.db"), at: server).responseCode == .nameError)
      clock.advance(by: .milliseconds(milliseconds))
      #expect(try await first.responseCode == .nameError)
    }
  }

  @Test("Only pods of a headless Service are awaited", arguments: [
    ("db-0.db", true), ("DB-0.db", true), ("db-0.web", false), ("db-0.away", false), ("db-0.nothing", false),
    ("db", false), ("_a._tcp.db", false), ("db-2.db", false),
  ])
  func awaited(name: String, isAwaited: Bool) throws {
    let (index, directory) = Self.index()
    directory.apply([
      .updated(
        KubeObject(
          ["metadata": ["name": "db", "namespace": "default"], "spec": ["serviceName": "db", "replicas": 2]],
          of: .statefulSets))
    ])
    let name = QueryName(try Self.question(name).name)
    #expect(index.snapshot.isAwaited(name, by: directory) == isAwaited)
  }
}
