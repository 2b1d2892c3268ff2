// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Foundation
import KubeModel
import Logging
import Naming
import Observability
import OrderedCollections
import ServiceLifecycle
import TestSupport
import Testing

@testable import DNSServer

@Suite("What is counted", .timeLimit(.minutes(1)))
struct MetricsTests {
  @Test("The row of counters is as long as its parts, and the parts as their labels")
  func layout() {
    typealias Layout = QuestionCounters.Layout
    #expect(Layout.sources == AnswerSource.allCases.count)
    #expect(Layout.types == TypeLabel.names.count && Layout.codes == ResponseCodeLabel.names.count)
    #expect(Layout.sizes == QuestionCounters.sizeBounds.bucketCount)
    #expect(Layout.times == QuestionCounters.timeBounds.bucketCount)
    #expect(Layout.count == 273)
    for (index, name) in TypeLabel.names.enumerated() where index > 0 {
      #expect(RecordType(mnemonic: name).map { TypeLabel.index($0.rawValue) } ?? index == index, "\(name)")
    }
    #expect(TypeLabel.index(999) == 0)
  }

  @Test("Buckets that are computed are those of the bounds")
  func buckets() {
    for size in Array(0...9000) + [16_000, 16_001, 48_000, 64_000, 65_535] {
      #expect(QuestionCounters.sizeBucket(size) == QuestionCounters.sizeBounds.bucket(Double(size)))
    }
    var times: [UInt64] = [0, 1, UInt64.max / 4]
    for bound in QuestionCounters.timeBounds.bounds {
      let nanoseconds = UInt64(bound * 1e9)
      times += [nanoseconds - 1, nanoseconds, nanoseconds + 1]
    }
    for time in times {
      #expect(QuestionCounters.timeBucket(time) == QuestionCounters.timeBounds.bucket(Double(time) / 1e9), "\(time)")
    }
  }

  /// The samples of a scrape: `NAME{LABELS}` and the value.
  static func samples(_ text: String) -> [String: Double] {
    var samples: [String: Double] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let space = line.lastIndex(of: " ")!
      let name = String(line[..<space])
      #expect(samples[name] == nil, "\(name) comes twice")
      samples[name] = Double(line[line.index(after: space)...])
    }
    return samples
  }

  /// Runs a server that forwards to another one; gives what was counted until its end, and where.
  static func counted(
    _ body: (Upstream) async throws -> Void
  ) async throws -> (metrics: ServerMetrics, server: Upstream, forwarder: Forwarder) {
    try await withServer(TestObjects.index(zone: "upstream.test")) { upstream in
      let address = HostAddress("127.0.0.1")!
      let sockets = try DNSSockets.open(address, port: 0, workers: 2)
      var settings = DNSServerSettings()
      settings.forwarding.upstreams = [upstream]
      settings.forwarding.answersSpecialNames = false
      let metrics = ServerMetrics()
      let server = DNSServer(
        index: TestObjects.index(), sockets: [sockets], settings: settings, metrics: metrics,
        logger: Logger(label: "test"))
      let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
      async let running: Void = lifecycle.run()
      let place = Upstream(address, port: sockets.port!)
      try await body(place)
      await lifecycle.triggerGracefulShutdown()
      try await running
      return (metrics, place, server.forwarder)
    }
  }

  @Test("Questions by type, code, transport and zone; sizes and times; as many of each as were asked")
  func counts() async throws {
    let (metrics, server, _) = try await Self.counted { server in
      let client = DNSClient()
      for _ in 0..<10 {
        _ = try await client.query(ServerTests.question("mysql.default.svc.cluster.local"), at: server)
      }
      _ = try await client.query(ServerTests.question("none.default.svc.cluster.local", .aaaa), at: server)
      _ = try await client.query(
        ServerTests.question("web.default.svc.cluster.local", .srv), at: server, overTCP: true)
      _ = try await client.query(ServerTests.question("web.default.svc.upstream.test"), at: server)
      _ = try await client.query(ServerTests.question("web.default.svc.upstream.test"), at: server, overTCP: true)
    }
    let samples = Self.samples(MetricsRegistry([metrics]).text)
    let place = "server=\"dns://\(server)\",zone=\"cluster.local.\",view=\"\""
    let forwarded = "server=\"dns://\(server)\",zone=\".\",view=\"\""
    func requests(_ place: String, _ proto: String, _ type: String) -> Double? {
      samples["coredns_dns_requests_total{\(place),proto=\"\(proto)\",family=\"1\",type=\"\(type)\"}"]
    }
    #expect(requests(place, "udp", "A") == 10)
    #expect(requests(place, "udp", "AAAA") == 1)
    #expect(requests(place, "tcp", "SRV") == 1)
    #expect(requests(forwarded, "udp", "A") == 1 && requests(forwarded, "tcp", "A") == 1)
    func responses(_ place: String, _ code: String, _ plugin: String) -> Double? {
      samples["coredns_dns_responses_total{\(place),rcode=\"\(code)\",plugin=\"\(plugin)\"}"]
    }
    #expect(responses(place, "NOERROR", "kubernetes") == 11)
    #expect(responses(place, "NXDOMAIN", "kubernetes") == 1)
    #expect(responses(forwarded, "NOERROR", "forward") == 2)
    for name in ["request", "response"] {
      #expect(samples["coredns_dns_\(name)_size_bytes_count{\(place),proto=\"udp\"}"] == 11)
      #expect(samples["coredns_dns_\(name)_size_bytes_count{\(forwarded),proto=\"tcp\"}"] == 1)
    }
    #expect(samples["coredns_dns_request_size_bytes_sum{\(place),proto=\"udp\"}"] == Double(10 * 60 + 59))
    #expect(samples["coredns_dns_request_duration_seconds_count{\(place)}"] == 12)
    #expect(samples["coredns_dns_request_duration_seconds_bucket{\(place),le=\"+Inf\"}"] == 12)
    #expect(samples["coredns_dns_request_duration_seconds_count{\(forwarded)}"] == 2)
    #expect(samples["coredns_dns_request_duration_seconds_sum{\(place)}"] ?? 0 > 0)
  }

  @Test("What was counted at a place stays when its sockets go, and takes one row")
  func closedSockets() async throws {
    let address = HostAddress("127.0.0.1")!
    var sockets = [try DNSSockets.open(address, port: 0)]
    let place = Upstream(address, port: try #require(sockets[0].port))
    let metrics = ServerMetrics()
    let server = DNSServer(
      index: TestObjects.index(), sockets: sockets, settings: DNSServerSettings(), metrics: metrics,
      logger: Logger(label: "test"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "test"))
    async let running: Void = lifecycle.run()
    let labels = #"server="dns://\#(place)",zone="cluster.local.",view="",proto="udp",family="1",type="A""#
    for round in 1...3 {
      _ = try await DNSClient().query(ServerTests.question("mysql.default.svc.cluster.local"), at: place)
      sockets = [try DNSSockets.open(address, port: 0)]
      try await server.update(sockets: sockets)
      sockets = [try DNSSockets.open(address, port: place.port)]
      try await server.update(sockets: sockets)
      let samples = Self.samples(MetricsRegistry([metrics]).text)
      #expect(samples["coredns_dns_requests_total{\(labels)}"] == Double(round))
    }
    await lifecycle.triggerGracefulShutdown()
    try await running
    #expect(metrics.threadCount == 0)
    #expect(Self.samples(MetricsRegistry([metrics]).text)["coredns_dns_requests_total{\(labels)}"] == 3)
  }

  @Test("Refused questions, other EDNS versions and broken ones are counted as what they got", arguments: [
    ("example.com", RecordType.mx, "REFUSED", "MX"), ("version.bind", .txt, "REFUSED", "TXT"),
    ("web.default.svc.cluster.local", .axfr, "REFUSED", "AXFR"),
  ])
  func refused(name: String, type: RecordType, code: String, label: String) throws {
    let counters = QuestionCounters(isShared: false)
    let request = Message(id: 1, question: Question(name: try Name(name), type: type)).encoded
    let answer = try #require(ResponderTests.respond(request))
    let source = unsafe counters.count(answer.span.bytes, requestLength: request.count)
    #expect(source == .nobody)
    typealias Layout = QuestionCounters.Layout
    let typeIndex = TypeLabel.names.firstIndex(of: label)!
    let codeIndex = ResponseCodeLabel.names.firstIndex(of: code)!
    #expect(counters.cells[Layout.requests + source.rawValue * Layout.types + typeIndex] == 1)
    #expect(counters.cells[Layout.responses + source.rawValue * Layout.codes + codeIndex] == 1)
  }

  @Test("BADVERS, which has no bits in the header; and what is no question at all")
  func odd() throws {
    typealias Layout = QuestionCounters.Layout
    let counters = QuestionCounters(isShared: true)
    var request = Message(id: 1, question: Question(name: try Name("a.cluster.local"), type: .a)).encoded
    request[request.count - 5] = 1
    let badVersion = try #require(ResponderTests.respond(request))
    _ = unsafe counters.count(badVersion.span.bytes, requestLength: request.count)
    let nobody = Layout.responses + AnswerSource.nobody.rawValue * Layout.codes
    #expect(counters.cells[nobody + ResponseCodeLabel.badVersion] == 1)
    let noQuestion = try #require(ResponderTests.respond([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
    _ = unsafe counters.count(noQuestion.span.bytes, requestLength: 12)
    #expect(counters.cells[nobody + 1] == 1)
    #expect(counters.cells[Layout.requests + AnswerSource.nobody.rawValue * Layout.types] == 1)
    for junk in [[], [1, 2], [UInt8](repeating: 0x3F, count: 40), [UInt8](repeating: 0xFF, count: 40)] as [[UInt8]] {
      _ = unsafe counters.count(junk.span.bytes, requestLength: junk.count)
    }
  }

  @Test("From the cause of a change to its answer: slices of headless Services that say when they were caused")
  func programming() throws {
    let now = try #require(Timestamp("2026-11-24T19:00:01.5Z"))
    func slice(_ labels: JSONObject, _ time: String?) -> ObjectChange {
      var metadata: JSONObject = ["name": "a", "namespace": "default", "labels": .object(labels)]
      if let time { metadata["annotations"] = ["endpoints.kubernetes.io/last-change-trigger-time": .string(time)] }
      return .updated(KubeObject(["metadata": .object(metadata)], of: .endpointSlices))
    }
    let delays = ChangeDelay.delays(
      of: [
        slice(
          [
            "service.kubernetes.io/headless": "",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
          ], "2026-11-24T19:00:00.25Z"),
        slice(["service.kubernetes.io/headless": ""], "2026-11-24T19:00:01Z"),
        slice(["service.kubernetes.io/headless": ""], nil),
        slice(["service.kubernetes.io/headless": ""], "yesterday"),
        slice([:], "2026-11-24T19:00:01Z"),
        .updated(TestObjects.service("x", [:])),
      ], now: now)
    #expect(
      delays == [
        .init(kind: .headlessWithSelector, seconds: 1.25), .init(kind: .headlessWithoutSelector, seconds: 0.5),
      ])
    let metrics = ProgrammingDuration()
    metrics.observe(delays)
    let samples = Self.samples(MetricsRegistry([metrics]).text)
    let name = "coredns_kubernetes_dns_programming_duration_seconds"
    #expect(samples["\(name)_count{service_kind=\"headless_with_selector\"}"] == 1)
    #expect(samples["\(name)_sum{service_kind=\"headless_with_selector\"}"] == 1.25)
    #expect(samples["\(name)_bucket{service_kind=\"headless_with_selector\",le=\"1.024\"}"] == 0)
    #expect(samples["\(name)_bucket{service_kind=\"headless_with_selector\",le=\"2.048\"}"] == 1)
    #expect(samples["\(name)_sum{service_kind=\"headless_without_selector\"}"] == 0.5)
  }

  @Test("The page on metrics has each that is exported, with its labels, and no other")
  func page() async throws {
    let (metrics, _, forwarder) = try await Self.counted { server in
      _ = try await DNSClient().query(ServerTests.question("web.default.svc.upstream.test"), at: server)
    }
    let registry = MetricsRegistry([
      metrics, ForwardMetrics(forwarder), NameMetrics(TestObjects.index()), ProgrammingDuration(),
      BuildInfo(version: "1"), ProcessMetrics(),
    ])
    let (exported, written) = (MetricsPage.families(registry.text), try MetricsPage.rows(isOfCluster: false))
    #expect(exported.subtracting(written) == [] && written.subtracting(exported) == [])
  }

  @Test("Each metric that the dashboard names is exported, and each expression belongs to a panel")
  func dashboard() async throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "deploy/grafana/callsign-dns.json")
    let dashboard = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
    let panels = try #require(dashboard["panels"] as? [[String: Any]])
    let expressions = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap { $0["expr"] as? String }
    #expect(expressions.count >= panels.count && panels.count > 10)
    #expect(Set(panels.compactMap { $0["id"] as? Int }).count == panels.count)
    let named = Set(
      expressions.flatMap { text in
        text.matches(of: /\b(?:coredns|callsign|process)_[a-z_]+/).map { String($0.output) }
      })
    #expect(named.count > 10)
    let (metrics, _, _) = try await Self.counted { server in
      _ = try await DNSClient().query(ServerTests.question("mysql.default.svc.cluster.local"), at: server)
    }
    let registry = MetricsRegistry([
      metrics, NameMetrics(TestObjects.index()), ProgrammingDuration(), BuildInfo(version: "1"), ProcessMetrics(),
    ])
    let exported = Set(Self.samples(registry.text).keys.map { String($0.prefix { $0 != "{" }) })
    #expect(named.subtracting(exported) == [])
  }
}
