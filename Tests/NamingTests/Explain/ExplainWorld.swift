// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
@testable import Naming
import OrderedCollections

/// Objects that do not change, as a store would give them.
struct FixedObjects: ObjectSource {
  let all: [KubeObject]

  func object(_ resource: APIResource, namespace: String, name: String) -> KubeObject? {
    all.first { $0.key == ObjectKey(resource: resource, namespace: namespace, name: name) }
  }

  func objects(_ resource: APIResource, namespace: String?) -> [KubeObject] {
    all.filter { $0.resource == resource && (namespace == nil || $0.metadata.namespace == namespace) }
      .sorted { ($0.metadata.namespace, $0.metadata.name) < ($1.metadata.namespace, $1.metadata.name) }
  }

  func changes(of resources: [APIResource]) -> ObjectChanges {
    let changes = ObjectChanges()
    changes.post(all.filter { resources.contains($0.resource) }.map { .updated($0) } + [.synced])
    return changes
  }
}

/// Objects, the names that come of them, and what is said of a name.
struct ExplainWorld {
  let explainer: NameExplainer

  init(
    _ objects: [KubeObject], settings: NamingSettings = Cluster.settings, synced: Bool = true,
    kinds: Set<APIResource> = NameExplainer.kinds, namespaces: Set<String>? = nil,
    filter: ObjectFilter = ObjectFilter(), served: [KubeObject]? = nil, upstreams: [String] = [],
    fallback: [String] = [], showsArguments: Bool = true, conduct: (any ServerConduct)? = nil
  ) {
    let index = NameIndex(settings)
    index.apply((served ?? objects).map { .updated($0) } + (synced ? [.synced] : []))
    let read = objects.filter { object in
      guard object.resource.isNamespaced, let namespaces else { return true }
      return namespaces.contains(object.metadata.namespace)
    }
    explainer = NameExplainer(
      names: index, source: FixedObjects(all: read), kinds: kinds, namespaces: namespaces, filter: filter,
      conduct: conduct ?? PlainConduct(upstreams: upstreams, fallback: fallback), showsArguments: showsArguments
    ) { name, pod in
      try Self.lookup(name, pod, settings)
    }
  }

  /// As a pod's `/etc/resolv.conf` has it: the search path of the cluster, `ndots:5`.
  private static func lookup(
    _ text: String, _ pod: Pod, _ settings: NamingSettings
  ) throws -> NameExplainer.Lookup {
    let name = try Name(text)
    if pod.spec["dnsPolicy"]?.string == "Default" || pod.usesHostNetwork {
      return .init(servers: [HostAddress("192.0.2.53")!], names: [name])
    }
    let zone = settings.zone
    let searched = try ["\(pod.metadata.namespace).svc.", "svc.", ""].map { prefix in
      try Name(labels: name.labels + Name(prefix).labels + zone.labels)
    }
    return .init(servers: settings.serverAddresses, names: text.hasSuffix(".") ? [name] : searched + [name])
  }

  func explain(
    _ name: String, _ type: RecordType = .a, pod: String? = nil, namespace: String = "default"
  ) throws -> Explanation {
    try explainer.explain(ExplainRequest(name: name, type: type, pod: pod, namespace: namespace))
  }
}

/// Objects as manifests and controllers make them, with what explanations read.
enum Objects {
  static func metadata(
    _ name: String, _ namespace: String, labels: [String: String] = [:], owner: String? = nil
  ) -> JSONValue {
    var metadata: JSONValue = ["name": .string(name), "namespace": .string(namespace), "labels": JSONValue(labels)]
    if let owner {
      let parts = owner.split(separator: "/").map(String.init)
      metadata["ownerReferences"] = [
        [
          "apiVersion": "apps/v1", "kind": .string(parts[0]), "name": .string(parts[1]), "uid": "1", "controller": true,
        ]
      ]
    }
    return metadata
  }

  /// - Parameters:
  ///   - owner: `StatefulSet/db`
  ///   - status: members beside addresses and the condition `Ready`.
  static func pod(
    _ name: String, _ namespace: String = "default", labels: [String: String] = [:], ip: String? = nil,
    isReady: Bool = true, hostname: String? = nil, subdomain: String? = nil, owner: String? = nil,
    spec: JSONValue = [:], status extra: JSONValue = [:], isEnding: Bool = false
  ) -> KubeObject {
    var spec = spec
    if let hostname { spec["hostname"] = .string(hostname) }
    if let subdomain { spec["subdomain"] = .string(subdomain) }
    var status: JSONValue = ["phase": "Running"]
    status["conditions"] = [["type": "Ready", "status": isReady ? "True" : "False"]]
    if let ip {
      status["podIP"] = .string(ip)
      status["podIPs"] = [["ip": .string(ip)]]
    }
    for (member, value) in extra.object ?? [:] { status[member] = value }
    var metadata = metadata(name, namespace, labels: labels, owner: owner)
    if isEnding { metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z" }
    return KubeObject(
      ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status], of: .pods)
  }

  /// One container that runs, and is not ready.
  static func runs(_ container: String = "c", started: Bool = true) -> JSONValue {
    [
      "containerStatuses": [
        [
          "name": .string(container), "ready": false, "started": .bool(started),
          "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]],
        ]
      ]
    ]
  }

  struct Backend {
    var address: String
    var hostname: String?
    var pod: String?
    var isReady = true
    var isTerminating = false
  }

  static func slice(
    _ name: String, of service: String?, in namespace: String = "default", family: String = "IPv4",
    ports: JSONValue = [["name": "db", "port": 3306, "protocol": "TCP"]], _ backends: Backend...
  ) -> KubeObject {
    let endpoints = backends.map { backend in
      var endpoint: JSONValue = [
        "addresses": [.string(backend.address)],
        "conditions": ["ready": .bool(backend.isReady), "terminating": .bool(backend.isTerminating)],
      ]
      if let hostname = backend.hostname { endpoint["hostname"] = .string(hostname) }
      if let pod = backend.pod {
        endpoint["targetRef"] = ["kind": "Pod", "namespace": .string(namespace), "name": .string(pod)]
      }
      return endpoint
    }
    let labels: [String: String] = service.map { ["kubernetes.io/service-name": $0] } ?? [:]
    return KubeObject(
      [
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": .string(family),
        "metadata": metadata(name, namespace, labels: labels), "ports": ports, "endpoints": .array(endpoints),
      ], of: .endpointSlices)
  }

  /// - Parameter labels: of the template; the selector asks for all of them, unless `spec` has another.
  static func workload(
    _ resource: APIResource, _ name: String, _ namespace: String = "default", labels: [String: String] = [:],
    owner: String? = nil, _ spec: JSONValue = [:]
  ) -> KubeObject {
    var spec = spec
    spec["template"] = ["metadata": ["labels": JSONValue(labels)]]
    if spec["selector"] == nil { spec["selector"] = ["matchLabels": JSONValue(labels)] }
    return KubeObject(
      [
        "apiVersion": "apps/v1", "kind": .string(resource.kind),
        "metadata": metadata(name, namespace, owner: owner), "spec": spec,
      ], of: resource)
  }
}
