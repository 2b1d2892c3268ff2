// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

/// A pod's hostname and `/etc/hosts` (Kubernetes: "Pod's hostname and subdomain fields").
@Suite struct PodIdentityTests {
  private func identity(_ spec: String) throws -> PodIdentity {
    PodIdentity(pod: try Samples.pod(spec), clusterDomain: "cluster.local")
  }

  @Test func nameOfPodServes() throws {
    let identity = try identity("")
    #expect(identity.hostname == "db-0")
    #expect(identity.fullName == nil)
    #expect(identity.kernelHostname == "db-0")
    #expect(identity.hosts(addresses: ["10.244.0.7"], aliases: []).hasSuffix("\n10.244.0.7\tdb-0\n"))
  }

  @Test func hostnameAndSubdomainMakeAFullName() throws {
    let identity = try identity(#""hostname": "mysql-pod", "subdomain": "headless-svc""#)
    let name = "mysql-pod.headless-svc.shop.svc.cluster.local"
    #expect(identity.fullName == name)
    #expect(identity.kernelHostname == "mysql-pod")
    #expect(identity.hosts(addresses: ["10.244.0.7"], aliases: []).hasSuffix("\n10.244.0.7\t\(name)\tmysql-pod\n"))
  }

  @Test func fullNameCanBeTheHostname() throws {
    let identity = try identity(#""subdomain": "db", "setHostnameAsFQDN": true"#)
    #expect(identity.kernelHostname == "db-0.db.shop.svc.cluster.local")
  }

  @Test func longNamesAreCutWhereALabelMayEnd() throws {
    let hostname = String(repeating: "a", count: 62) + "-b"
    let identity = try identity(#""hostname": "\#(hostname)""#)
    #expect(identity.hostname == String(repeating: "a", count: 62))
  }

  @Test func aliasesComeLast() throws {
    let aliases = try Samples.json(#"[{"ip": "192.0.2.5", "hostnames": ["one", "two"]}]"#).array!
    let text = try identity("").hosts(addresses: ["10.244.0.7"], aliases: aliases)
    #expect(text.hasSuffix("\n# Entries added by HostAliases.\n192.0.2.5\tone\ttwo\n"))
    #expect(text.contains("127.0.0.1\tlocalhost\n"))
  }
}
