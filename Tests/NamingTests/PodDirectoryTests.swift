// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import OrderedCollections
import Testing

@testable import Naming

@Suite("Pods by address, and the names that are to come")
struct PodDirectoryTests {
  private static func pod(
    _ name: String, _ spec: JSONValue = [:], address: String? = nil, phase: String = "Running",
    in namespace: String = "ns"
  ) -> KubeObject {
    KubeObject(
      [
        "metadata": ["name": .string(name), "namespace": .string(namespace)], "spec": spec,
        "status": ["phase": .string(phase), "podIP": address.map { .string($0) } ?? .null],
      ], of: .pods)
  }

  private static func set(_ name: String, _ spec: JSONValue) -> KubeObject {
    KubeObject(["metadata": ["name": .string(name), "namespace": "ns"], "spec": spec], of: .statefulSets)
  }

  @Test("A StatefulSet's pods are expected under its serviceName, by their ordinals", arguments: [
    ("db-0", "db", true), ("db-2", "db", true), ("db-3", "db", false), ("db-00", "db", false), ("db", "db", false),
    ("db-0", "other", false), ("db--1", "db", false), ("db-x", "db", false), ("b-0", "db", false),
  ])
  func sets(host: String, service: String, isExpected: Bool) {
    let directory = PodDirectory()
    directory.apply([.updated(Self.set("db", ["serviceName": "db", "replicas": 3]))])
    #expect(directory.expects(host: host, service: service, namespace: "ns") == isExpected)
    #expect(!directory.expects(host: host, service: service, namespace: "elsewhere"))
    directory.apply([.deleted(Self.set("db", ["serviceName": "db", "replicas": 3]))])
    #expect(!directory.expects(host: host, service: service, namespace: "ns"))
  }

  @Test("Ordinals begin where the set says; a missing replicas is one")
  func ordinals() {
    let directory = PodDirectory()
    directory.apply([.updated(Self.set("db", ["serviceName": "db", "ordinals": ["start": 5]]))])
    #expect(directory.expects(host: "db-5", service: "db", namespace: "ns"))
    #expect(!directory.expects(host: "db-0", service: "db", namespace: "ns"))
    #expect(!directory.expects(host: "db-6", service: "db", namespace: "ns"))
  }

  @Test("A pod with hostname and subdomain is expected until the last of that name is gone or has ended")
  func pods() {
    let directory = PodDirectory()
    let spec: JSONValue = ["hostname": "A", "subdomain": "svc"]
    directory.apply([.updated(Self.pod("one", spec)), .updated(Self.pod("two", spec)), .updated(Self.pod("one", spec))])
    #expect(directory.expects(host: "a", service: "svc", namespace: "ns"))
    directory.apply([.deleted(Self.pod("one", spec))])
    #expect(directory.expects(host: "a", service: "svc", namespace: "ns"))
    directory.apply([.updated(Self.pod("two", spec, phase: "Succeeded"))])
    #expect(!directory.expects(host: "a", service: "svc", namespace: "ns"))
  }

  @Test("The namespace of an address: of the pod that got it last; none on the machine's network")
  func namespaces() {
    let directory = PodDirectory()
    let address = HostAddress("10.244.0.7")!
    directory.apply([.updated(Self.pod("a", address: "10.244.0.7", in: "red"))])
    #expect(directory.namespace(of: address) == "red")
    directory.apply([.updated(Self.pod("b", address: "10.244.0.7", in: "blue"))])
    #expect(directory.namespace(of: address) == "blue")
    directory.apply([.deleted(Self.pod("a", in: "red"))])
    #expect(directory.namespace(of: address) == "blue")
    directory.apply([.updated(Self.pod("b", ["hostNetwork": true], address: "10.244.0.7", in: "blue"))])
    #expect(directory.namespace(of: address) == nil)
  }
}
