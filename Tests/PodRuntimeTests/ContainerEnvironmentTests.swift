// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

@Suite struct ContainerEnvironmentTests {
  private static let configMap = """
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"},
     "data": {"mode": "fast", "LEVEL": "3"}}
    """
  private static let secret = """
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "shop"},
     "data": {"token": "czNjcjN0"}}
    """

  private func variables(
    _ container: String, pod spec: String = "", services: [Service] = []
  ) throws -> [String: String] {
    let labels = #", "labels": {"app": "db"}, "annotations": {"note": "hi"}"#
    let sources = ContainerEnvironment.Sources(
      pod: try Samples.pod(spec, metadata: labels), podAddresses: ["10.244.0.7"], nodeAddress: "10.244.0.1",
      services: services,
      map: { resource, name in
        switch (resource, name) {
        case (.configMaps, "settings"): try? Samples.object(.configMaps, Self.configMap)
        case (.secrets, "keys"): try? Samples.object(.secrets, Self.secret)
        default: nil
        }
      })
    return try ContainerEnvironment(of: try Samples.json(container), hostname: "db-0", sources: sources).values
  }

  @Test(arguments: [
    ("metadata.name", "db-0"), ("metadata.namespace", "shop"),
    ("metadata.uid", "11111111-2222-3333-4444-555555555555"), ("metadata.labels['app']", "db"),
    ("metadata.annotations['note']", "hi"), ("metadata.labels['none']", ""), ("status.podIP", "10.244.0.7"),
    ("status.podIPs", "10.244.0.7"), ("status.hostIP", "10.244.0.1"), ("spec.nodeName", "callsign"),
    ("spec.serviceAccountName", "default"),
  ])
  func field(path: String, expected: String) throws {
    let found = try variables(#"{"env": [{"name": "X", "valueFrom": {"fieldRef": {"fieldPath": "\#(path)"}}}]}"#)
    #expect(found["X"] == expected)
  }

  @Test func valuesSeeThoseBeforeThem() throws {
    let found = try variables(
      #"{"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)$(C)"}, {"name": "C", "value": "3"}]}"#)
    #expect(found["B"] == "1$(C)")
    #expect(found["HOSTNAME"] == "db-0")
  }

  @Test func mapsGiveSingleValuesAndAll() throws {
    let found = try variables(
      """
      {"envFrom": [{"prefix": "S_", "configMapRef": {"name": "settings"}},
                   {"configMapRef": {"name": "none", "optional": true}}],
       "env": [{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}},
               {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "token"}}},
               {"name": "NONE", "valueFrom": {"configMapKeyRef": {"name": "x", "key": "y", "optional": true}}}]}
      """)
    #expect(found["S_mode"] == "fast")
    #expect(found["S_LEVEL"] == "3")
    #expect(found["MODE"] == "fast")
    #expect(found["TOKEN"] == "s3cr3t")
    #expect(found["NONE"] == nil)
  }

  @Test(arguments: [
    (#"{"envFrom": [{"configMapRef": {"name": "none"}}]}"#, #"configmap "none" not found"#),
    (
      #"{"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "no"}}}]}"#,
      "couldn't find key no in ConfigMap shop/settings"
    ),
  ])
  func missingSourceIsNamed(container: String, message: String) throws {
    let error = #expect(throws: RuntimeError.self) { _ = try variables(container) }
    #expect(error?.code == .configuration)
    #expect(error?.message == message)
  }

  /// Kubernetes, "Accessing the Service: Environment Variables".
  @Test func servicesAreTold() throws {
    let services = [
      try Samples.service(
        "redis-primary",
        #"{"clusterIP": "10.96.0.11", "clusterIPs": ["10.96.0.11"], "ports": [{"name": "main", "port": 6379}]}"#),
      try Samples.service("headless", #"{"clusterIP": "None", "clusterIPs": ["None"], "ports": [{"port": 1}]}"#),
      try Samples.service(
        "kubernetes", namespace: "default",
        #"{"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ports": [{"name": "https", "port": 443}]}"#),
    ]
    let found = try variables("{}", services: services)
    #expect(found["REDIS_PRIMARY_SERVICE_HOST"] == "10.96.0.11")
    #expect(found["REDIS_PRIMARY_SERVICE_PORT"] == "6379")
    #expect(found["REDIS_PRIMARY_SERVICE_PORT_MAIN"] == "6379")
    #expect(found["REDIS_PRIMARY_PORT"] == "tcp://10.96.0.11:6379")
    #expect(found["REDIS_PRIMARY_PORT_6379_TCP"] == "tcp://10.96.0.11:6379")
    #expect(found["REDIS_PRIMARY_PORT_6379_TCP_PROTO"] == "tcp")
    #expect(found["REDIS_PRIMARY_PORT_6379_TCP_PORT"] == "6379")
    #expect(found["REDIS_PRIMARY_PORT_6379_TCP_ADDR"] == "10.96.0.11")
    #expect(found["KUBERNETES_SERVICE_HOST"] == "10.96.0.1")
    #expect(!found.keys.contains { $0.hasPrefix("HEADLESS") })

    let alone = try variables("{}", pod: #""enableServiceLinks": false"#, services: services)
    #expect(alone["REDIS_PRIMARY_SERVICE_HOST"] == nil)
    #expect(alone["KUBERNETES_SERVICE_HOST"] == "10.96.0.1")
  }
}
