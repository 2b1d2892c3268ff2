// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

/// Kubernetes, "DNS for Services and Pods": policies, `dnsConfig`, limits.
@Suite struct ResolverConfigurationTests {
  private let machine = ResolverConfiguration(
    text: """
      # the machine's own
      nameserver 192.0.2.1
      nameserver 192.0.2.2
      search example.org
      options edns0 ndots:2
      """)

  private func text(_ spec: String) throws -> String {
    ResolverConfiguration(
      pod: try Samples.pod(spec), clusterDomain: "cluster.local", clusterDNS: "10.96.0.10", machine: machine
    ).text
  }

  private static let cluster = """
    nameserver 10.96.0.10
    search shop.svc.cluster.local svc.cluster.local cluster.local example.org
    options ndots:5

    """
  private static let own = """
    nameserver 192.0.2.1
    nameserver 192.0.2.2
    search example.org
    options edns0 ndots:2

    """

  @Test(arguments: [
    ("", cluster),
    (#""dnsPolicy": "ClusterFirst""#, cluster),
    (#""dnsPolicy": "ClusterFirst", "hostNetwork": true"#, own),
    (#""dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": true"#, cluster),
    (#""dnsPolicy": "Default""#, own),
    (#""dnsPolicy": "None""#, ""),
    (
      #""dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.9"], "searches": ["a.example"]}"#,
      "nameserver 192.0.2.9\nsearch a.example\n"
    ),
  ])
  func policy(spec: String, expected: String) throws {
    #expect(try text(spec) == expected)
  }

  @Test func dnsConfigIsAppendedAndItsOptionsWin() throws {
    let spec = """
      "dnsConfig": {"nameservers": ["10.96.0.10", "192.0.2.9"], "searches": ["svc.cluster.local", "b.example"],
        "options": [{"name": "ndots", "value": "1"}, {"name": "single-request"}]}
      """
    #expect(
      try text(spec) == """
        nameserver 10.96.0.10
        nameserver 192.0.2.9
        search shop.svc.cluster.local svc.cluster.local cluster.local example.org b.example
        options ndots:1 single-request

        """)
  }

  @Test func limitsOfKubernetesHold() throws {
    let servers = (1...5).map { "\"192.0.2.\($0)\"" }.joined(separator: ",")
    let searches = (1...40).map { "\"s\($0).example\"" }.joined(separator: ",")
    let spec = #""dnsPolicy": "None", "dnsConfig": {"nameservers": [\#(servers)], "searches": [\#(searches)]}"#
    let result = ResolverConfiguration(
      pod: try Samples.pod(spec), clusterDomain: "cluster.local", clusterDNS: "10.96.0.10", machine: machine)
    #expect(result.servers == ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    #expect(result.searches.count == 32)

    let long = (1...32).map { "\"\(String(repeating: "x", count: 90))\($0).example\"" }.joined(separator: ",")
    let longSpec = #""dnsPolicy": "None", "dnsConfig": {"searches": [\#(long)]}"#
    let limited = ResolverConfiguration(
      pod: try Samples.pod(longSpec), clusterDomain: "cluster.local", clusterDNS: "10.96.0.10", machine: machine)
    #expect(limited.searches.joined(separator: " ").utf8.count <= 2048)
    #expect(limited.searches.count == 20)
  }
}
