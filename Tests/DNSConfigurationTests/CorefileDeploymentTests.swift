// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSConfiguration

@Suite("What of a Corefile does not fit the manifests")
struct CorefileDeploymentTests {
  private static func convert(_ lines: String) throws -> CorefileTests.Outcome {
    let names = "kubernetes cluster.local in-addr.arpa {\n  fallthrough in-addr.arpa\n }"
    return try CorefileTests.convert(".:53 {\n\(lines)\n \(names)\n forward . 10.0.0.1\n}")
  }

  @Test("places that are elsewhere, and an end that takes too long", arguments: [
    ("health :8081\nready\nprometheus :9153", "2: health :8081: deploy/kubernetes asks for health at :8080 of the pod"),
    ("health\nready 10.0.0.1:8181\nprometheus :9153", "3: ready 10.0.0.1:8181: deploy/kubernetes asks for ready at"),
    ("health\nready\nprometheus", "4: prometheus: deploy/kubernetes asks for metrics at :9153 of the pod"),
    (
      "health {\n lameduck 21s\n}\nready\nprometheus 0.0.0.0:9153",
      "3: lameduck 21s: terminationGracePeriodSeconds of deploy/kubernetes is 30: set it to 31 or more"
    ),
    ("health [::]:8080\nready\nprometheus :9153\nbind 10.0.0.5", "5: bind 10.0.0.5: 10.0.0.5 must be an address"),
    ("health\nready\n", "1: prometheus: there is none; metrics is :9153, as deploy/kubernetes has it"),
  ])
  func misfits(lines: String, note: String) throws {
    let outcome = try Self.convert(lines)
    #expect(outcome.notes.count == 1 && outcome.notes[0].hasPrefix(note), "\(outcome.notes)")
    #expect(!outcome.changesAnswers)
  }

  @Test("what fits is not named")
  func fits() throws {
    let outcome = try Self.convert("health {\n lameduck 20s\n}\nready\nprometheus :9153")
    #expect(outcome.notes == [])
  }

  @Test("health, readiness and metrics are there, since the manifests' pods are asked for them")
  func missing() throws {
    let outcome = try Self.convert("")
    let places = ["health", "ready", "metrics"].map { outcome.settings[$0] }
    #expect(places == [":8080", ":8181", ":9153"])
    #expect(outcome.notes.count == 3)
  }

  @Test("k3s: the file of the nodes' names is named, and answers can differ")
  func nodeHosts() throws {
    let outcome = try Self.convert(
      "health\nready\nprometheus :9153\nhosts /etc/coredns/NodeHosts {\n ttl 60\n reload 15s\n fallthrough\n}")
    #expect(outcome.notes == [
      "5: hosts /etc/coredns/NodeHosts: /etc/coredns/NodeHosts is a file of CoreDNS' pod: mount it into this one too "
        + "(answers can differ)"
    ])
    #expect(outcome.changesAnswers)
  }

  @Test("a time to live that is none is not taken for a zone", arguments: ["-5", "99999999999999999999"])
  func negativeTime(text: String) throws {
    let outcome = try Self.convert("health\nready\nprometheus :9153\ncache \(text)")
    #expect(outcome.notes.contains {
      $0.hasPrefix("5: cache \(text): cache.maxTtl: found \"\(text)\"; allowed: a whole number from 0 to ")
    }, "\(outcome.notes)")
  }
}
