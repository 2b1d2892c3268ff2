// SPDX-License-Identifier: Apache-2.0
import DNSServer
import Testing

@testable import DNSConfiguration

@Suite("Settings out of whole Corefiles")
struct CorefileTests {
  /// What a Corefile becomes: the settings by key, as the loader reads them back, and the notes.
  struct Outcome {
    var settings: [String: String]
    var notes: [String]
    var changesAnswers: Bool
    var yaml: String
  }

  static func convert(_ text: String, environment: [String: String] = [:]) throws -> Outcome {
    let result = try CorefileImport(text, name: "Corefile", environment: environment)
    let file = ConfigurationFile(path: "dns.yaml", text: result.yaml)
    #expect(file.problems == [], "\(result.yaml)")
    // Each value is taken by its setting; a file of servers is another machine's.
    var configuration = DNSConfiguration()
    for setting in Setting.all {
      guard let items = file.values[setting.key] else { continue }
      let own = items.filter { !$0.hasPrefix("/") || setting.key != "forward.upstreams" }
      try setting.apply(SettingValue(items: own), &configuration)
    }
    return Outcome(
      settings: file.values.mapValues { $0.joined(separator: ", ") }, notes: result.notes.map(\.description),
      changesAnswers: result.changesAnswers, yaml: result.yaml)
  }

  @Test("The file of kubeadm")
  func kubeadm() throws {
    let outcome = try Self.convert(
      """
      .:53 {
          errors
          health {
             lameduck 5s
          }
          ready
          kubernetes cluster.local in-addr.arpa ip6.arpa {
             pods insecure
             fallthrough in-addr.arpa ip6.arpa
             ttl 30
          }
          prometheus :9153
          forward . /etc/resolv.conf {
             max_concurrent 1000
          }
          cache 30 {
             disable success cluster.local
             disable denial cluster.local
          }
          loop
          reload
          loadbalance
      }
      """)
    #expect(outcome.notes == [])
    #expect(!outcome.changesAnswers)
    #expect(outcome.yaml == """
      # Settings of callsign dns, made of Corefile by --import-corefile.
      # Names of the cluster are never cached here: what an object says is what is answered.
      listen:
      - ":53"
      lameduck: 5
      kubernetes:
        kubeconfig: in-cluster
      zone: cluster.local
      ttl: 30
      podNames: insecure
      forward:
        # The servers that this file names; in a pod, dnsPolicy: Default makes them the node's.
        upstreams:
        - /etc/resolv.conf
        maxInFlight: 1000
        overload: refused
        detectLoops: true
        # CoreDNS has others asked for localhost, corp.local and the like, too.
        specialNames: false
      cache:
        maxTtl: 30
        maxNegativeTtl: 30
        # Old answers while upstreams fail: CoreDNS has none without serve_stale.
        stale: 0
      metrics: ":9153"
      health: ":8080"
      ready: ":8181"

      """)
  }

  @Test("A file with stub domains, as clusters that kops makes have")
  func stubDomains() throws {
    let outcome = try Self.convert(
      """
      # with an extra block
      corp.example:53 {
        errors
        cache 30
        forward . 10.150.0.1 10.150.0.2:5353 {
          force_tcp
        }
      }
      .:53 {
        errors
        health {
          lameduck 5s
        }
        ready
        kubernetes cluster.local. in-addr.arpa ip6.arpa {
          pods verified
          fallthrough in-addr.arpa ip6.arpa
          ttl 30
        }
        prometheus :9153
        forward . /etc/resolv.conf
        cache 30
        loop
        reload
        loadbalance
        autopath @kubernetes
        hosts /etc/coredns/hosts.file registry.example {
          ttl 60
          fallthrough
        }
      }
      """)
    #expect(outcome.settings["forward.domains"] == "corp.example 10.150.0.1 10.150.0.2:5353")
    #expect(outcome.settings["forward.upstreams"] == "/etc/resolv.conf")
    #expect(outcome.settings["forward.tcp"] == nil, "that of one domain is not for all")
    #expect(outcome.settings["zone"] == "cluster.local")
    #expect(outcome.settings["podNames"] == "verified")
    #expect(outcome.settings["searchCompletion"] == "true")
    #expect(outcome.settings["hosts.file"] == "/etc/coredns/hosts.file")
    #expect(outcome.settings["hosts.ttl"] == "60")
    #expect(outcome.notes == [
      "4: cache 30: one cache holds all that is forwarded",
      "5: forward . 10.150.0.1 10.150.0.2:5353: networkpolicy.yaml of deploy/kubernetes lets questions out to port 53 "
        + "alone: add 5353 to its egress, UDP and TCP",
      "6: force_tcp: forward.tcp is false for all upstreams, as for those of line 21, not true (answers can differ)",
      "16: pods verified: Pods are read for it: deploy/kubernetes needs components/pods in addition",
      "26: autopath @kubernetes: Pods are read for it: deploy/kubernetes needs components/pods in addition",
      "27: hosts /etc/coredns/hosts.file registry.example: /etc/coredns/hosts.file is a file of CoreDNS' pod: mount it "
        + "into this one too (answers can differ)",
      "27: hosts /etc/coredns/hosts.file registry.example: static names are served in whatever zone",
    ])
  }

  @Test("A file in the manner of a managed cluster: snippets, files, a log, static names")
  func managed() throws {
    let outcome = try Self.convert(
      """
      (defaults) {
          errors
          cache 30 {
              prefetch 20 5m 20%
              serve_stale 30m immediate
              success 5000 300
              denial 2500 60
              servfail 2s
          }
          loop
      }
      .:53 {
          import defaults
          log . {
              class error
          }
          ready
          health
          kubernetes {$CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {
              pods insecure
              fallthrough in-addr.arpa ip6.arpa
              namespaces default shop
              labels tier in (front, back)
              namespace_labels team=a
          }
          hosts {
              192.0.2.1 db.corp.example db
              2001:db8::1 db.corp.example
              fallthrough
          }
          prometheus :9153
          forward . 192.0.2.53 dns://192.0.2.54:5353 {
              except internal.example 10.0.0.0/8
              policy sequential
              max_fails 3
              health_check 2s
              prefer_udp
              expire 10s
          }
          import custom/*.override
      }
      import custom/*.server
      """, environment: ["CLUSTER_DOMAIN": "k8s.example"])
    #expect(outcome.settings["zone"] == "k8s.example")
    #expect(outcome.settings["kubernetes.namespaces"] == "default, shop")
    #expect(outcome.settings["kubernetes.serviceSelector"] == "tier in (front, back)")
    #expect(outcome.settings["kubernetes.namespaceSelector"] == "team=a")
    #expect(outcome.settings["hosts.entries"] == "192.0.2.1 db.corp.example db, 2001:db8::1 db.corp.example")
    #expect(outcome.settings["hosts.ttl"] == "3600")
    #expect(outcome.settings["forward.upstreams"] == "192.0.2.53, 192.0.2.54:5353")
    #expect(outcome.settings["forward.domains"] == "internal.example refuse, 10.in-addr.arpa refuse")
    #expect(outcome.settings["forward.policy"] == "sequential")
    #expect(outcome.settings["forward.maxFailures"] == "3")
    #expect(outcome.settings["forward.probeInterval"] == "2000")
    #expect(outcome.settings["cache.maxTtl"] == "300")
    #expect(outcome.settings["cache.maxNegativeTtl"] == "60")
    #expect(outcome.settings["cache.maxEntries"] == "7500")
    #expect(outcome.settings["cache.prefetchHits"] == "20")
    #expect(outcome.settings["cache.prefetchPart"] == "20")
    #expect(outcome.settings["cache.stale"] == "1800")
    #expect(outcome.settings["cache.staleWait"] == "0")
    #expect(outcome.settings["cache.failureTtl"] == "2")
    #expect(outcome.settings["lameduck"] == nil)
    #expect(outcome.notes == [
      "14: log .: questions are not logged; metrics count them",
      "26: hosts: the pod's own /etc/hosts is not read; hosts.file names a file",
      "32: forward . 192.0.2.53 dns://192.0.2.54:5353: networkpolicy.yaml of deploy/kubernetes lets questions out to "
        + "port 53 alone: add 5353 to its egress, UDP and TCP",
      "38: expire 10s: sockets and tries have limits of their own: forward.maxTries, forward.deadline",
      "40: import custom/*.override: files are not read: put what they hold in its place, if there are any "
        + "(answers can differ)",
      "42: import custom/*.server: files are not read: put what they hold in its place, if there are any "
        + "(answers can differ)",
    ])
    #expect(outcome.changesAnswers)
  }

  @Test("DNS over TLS and HTTPS, addresses to listen on, and who may have the zone")
  func transports() throws {
    let outcome = try Self.convert(
      """
      .:53 tls://.:853 https://. {
        bind 10.0.0.5 fd00::5
        tls /tls/crt.pem /tls/key.pem
        kubernetes cluster.local
        transfer {
          to 10.0.0.9 10.0.1.0
        }
        bufsize 1400
        chaos Cluster-1
        nsid one
        timeouts {
          idle 20s
        }
        multisocket 4
      }
      """)
    #expect(outcome.settings["listen"] == "10.0.0.5:53, [fd00::5]:53")
    #expect(outcome.settings["tls.listen"] == "10.0.0.5:853, [fd00::5]:853")
    #expect(outcome.settings["https.listen"] == "10.0.0.5:443, [fd00::5]:443")
    #expect(outcome.settings["tls.certificate"] == "/tls/crt.pem" && outcome.settings["tls.key"] == "/tls/key.pem")
    #expect(outcome.settings["transfer.allow"] == "10.0.0.9, 10.0.1.0")
    #expect(outcome.settings["notify.peers"] == "10.0.0.9, 10.0.1.0")
    #expect(outcome.settings["udp.payloadSize"] == "1400" && outcome.settings["tcp.idleTime"] == "20")
    #expect(outcome.settings["version"] == "Cluster-1" && outcome.settings["identity"] == "one")
    #expect(outcome.settings["workers"] == "4")
    #expect(outcome.settings["podNames"] == "disabled" && outcome.settings["reverse"] == "false")
    // What the pods of the manifests are asked for is there.
    let places = ["metrics", "health", "ready"].map { outcome.settings[$0] }
    #expect(places == [":9153", ":8080", ":8181"])
    #expect(outcome.notes.contains(
      "3: tls /tls/crt.pem /tls/key.pem: /tls/crt.pem is a file of CoreDNS' pod: mount it into this one too"))
    #expect(outcome.settings["cache.maxEntries"] == "0")
    #expect(!outcome.changesAnswers, "\(outcome.notes)")
  }

  @Test("The cluster's names in one block, all others in another")
  func twoBlocks() throws {
    let outcome = try Self.convert(
      """
      .:53 {
        errors
        cache 60
        hosts {
          192.0.2.1 a.k8s.example
          fallthrough
        }
        health :8090
        forward . 192.0.2.53
      }
      corp.example {
        forward . 192.0.2.54
        hosts
      }
      k8s.example in-addr.arpa ip6.arpa {
        errors
        kubernetes
        health :8091
        cache 5
      }
      other.example {
        kubernetes other.example
      }
      """)
    #expect(outcome.settings["zone"] == "k8s.example" && outcome.settings["reverse"] == nil)
    #expect(outcome.settings["listen"] == ":53")
    #expect(outcome.settings["forward.upstreams"] == "192.0.2.53")
    #expect(outcome.settings["forward.domains"] == "corp.example 192.0.2.54, other.example refuse")
    #expect(outcome.settings["health"] == ":8091", "the block with the names goes before")
    #expect(outcome.settings["cache.maxTtl"] == "60", "the block that forwards has what is remembered of it")
    #expect(outcome.settings["hosts.entries"] == "192.0.2.1 a.k8s.example")
    #expect(outcome.notes == [
      "4: hosts: the pod's own /etc/hosts is not read; hosts.file names a file",
      "5: 192.0.2.1 a.k8s.example: names below k8s.example are those of objects alone (answers can differ)",
      "13: hosts: there is one set of settings, that of the blocks for the cluster's names and for all others "
        + "(answers can differ)",
      "15: prometheus: there is none; metrics is :9153, as deploy/kubernetes has it",
      "15: ready: there is none; ready is :8181, as deploy/kubernetes has it",
      "17: kubernetes: other reverse names are forwarded, as with fallthrough in-addr.arpa ip6.arpa "
        + "(answers can differ)",
      "18: health :8091: deploy/kubernetes asks for health at :8080 of the pod: change one of the two",
      "19: cache 5: one cache holds all that is forwarded",
      "21: other.example: the block forwards none of its names; they are refused",
      "22: kubernetes other.example: names of one cluster are served (answers can differ)",
    ])
  }

  @Test("A file without names of a cluster, or without anything")
  func withoutNames() throws {
    let local = try Self.convert(".:53 {\n forward . 10.0.0.1\n}\n")
    #expect(local.changesAnswers && local.notes[0].contains("no block has the kubernetes plugin"))
    let empty = try Self.convert("# nothing\n")
    #expect(empty.notes == ["1: Corefile: there is no server block in it (answers can differ)"])
  }
}
