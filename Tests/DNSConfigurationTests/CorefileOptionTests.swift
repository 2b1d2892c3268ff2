// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSConfiguration

@Suite("Lines of a Corefile, one by one")
struct CorefileOptionTests {
  @Test("What cannot be had is named with its line", arguments: [
    ("rewrite name a b", "rewrite name a b: names are not rewritten (answers can differ)"),
    (
      "template IN AAAA . {\n rcode NOERROR\n}",
      "template IN AAAA .: answers are not made from templates (answers can differ)"
    ),
    ("acl {\n block\n}", "acl: clients are not told apart; a NetworkPolicy can keep them out (answers can differ)"),
    ("pprof", "pprof: there is no such page"),
    ("frobnicate 3", "frobnicate 3: is not known to this translation (answers can differ)"),
    (
      "forward . tls://9.9.9.9",
      "forward . tls://9.9.9.9: tls://9.9.9.9: upstreams are asked over UDP and TCP, not over tls (answers can differ)"
    ),
    ("forward . resolver.example", "forward . resolver.example: resolver.example is no address (answers can differ)"),
    (
      "cache 99999999",
      "cache 99999999: cache.maxTtl: found \"99999999\"; allowed: a whole number from 0 to 604800 (answers can differ)"
    ),
    ("health :8080 {\n lameduck soon\n}", "lameduck soon: is no span of time (answers can differ)"),
    (
      "loadbalance weighted w.txt",
      "loadbalance weighted w.txt: addresses are given in changing order, each as often as the others "
        + "(answers can differ)"
    ),
    ("bind eth0", "bind eth0: eth0 is no address; interfaces are not known by name (answers can differ)"),
    (
      "hosts {\n 10.0.0.1 a.b.cluster.local\n fallthrough\n}",
      "10.0.0.1 a.b.cluster.local: names below cluster.local are those of objects alone (answers can differ)"
    ),
    ("forward . {$NOWHERE}", "{$NOWHERE}: the variable is not set here; set it and try again (answers can differ)"),
  ])
  func leftOut(line: String, note: String) throws {
    let outcome = try CorefileTests.convert(
      ".:53 {\n kubernetes cluster.local in-addr.arpa {\n  fallthrough in-addr.arpa\n }\n \(line)\n}\n")
    #expect(["5: \(note)", "6: \(note)"].contains { outcome.notes.contains($0) }, "\(outcome.notes)")
    #expect(outcome.changesAnswers == outcome.notes.contains { $0.hasSuffix("(answers can differ)") })
  }

  @Test("Options of the kubernetes plugin that are not there", arguments: [
    "endpoint_pod_names", "noendpoints", "ignore empty_service", "multicluster clusterset.local", "fallthrough",
    "fallthrough cluster.local", "endpoint https://10.0.0.1:6443", "tls a b c", "whatever",
  ])
  func kubernetesOptions(option: String) throws {
    let outcome = try CorefileTests.convert(
      ".:53 {\n kubernetes cluster.local in-addr.arpa {\n  \(option)\n  fallthrough in-addr.arpa\n }\n}\n")
    #expect(outcome.changesAnswers)
    #expect(outcome.notes.contains { $0.hasPrefix("3: ") }, "\(outcome.notes)")
  }

  @Test("A second cluster, and places of blocks that are no more than routes, are named")
  func second() throws {
    let outcome = try CorefileTests.convert(
      ".:53 {\n kubernetes cluster.local\n kubernetes foo.local\n}\na.example {\n bind 10.0.0.1\n forward . 10.0.0.2\n}\n")
    #expect(outcome.settings["zone"] == "cluster.local")
    #expect(outcome.notes.contains("3: kubernetes foo.local: names of one cluster are served (answers can differ)"))
    #expect(outcome.notes.contains("6: bind 10.0.0.1: all names are served in the same places (answers can differ)"))
  }

  @Test("What health checks ask for, and a cache that is larger than numbers go")
  func healthChecks() throws {
    let outcome = try CorefileTests.convert(
      """
      .:53 {
          kubernetes cluster.local
          forward . 192.0.2.53 {
              health_check 2s no_rec domain probe.example
          }
          cache {
              success 9223372036854775807
              denial 9223372036854775807
          }
      }
      """)
    #expect(outcome.settings["forward.probeInterval"] == "2000")
    #expect(outcome.settings["forward.probeName"] == "probe.example")
    #expect(outcome.settings["cache.maxEntries"] == nil)
    #expect(outcome.notes.contains { $0.contains("cache.maxEntries: ") }, "\(outcome.notes)")
  }

  @Test("A version that looks like a number stays what it is")
  func versionNumber() throws {
    let outcome = try CorefileTests.convert(".:53 {\n  kubernetes cluster.local\n  chaos 1.10\n  nsid 007\n}\n")
    #expect(outcome.settings["version"] == "1.10" && outcome.settings["identity"] == "007")
    #expect(outcome.yaml.contains("version: \"1.10\""), "\(outcome.yaml)")
  }
}
