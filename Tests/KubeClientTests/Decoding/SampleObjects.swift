// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Naming
import OrderedCollections

@testable import KubeClient

/// Objects of every kind that names come from, with what is unusual about each.
enum SampleObjects {
  static let texts: [(kind: FollowedKind, json: String)] = [
    (.namespaces, #"{"metadata":{"name":"team","resourceVersion":"7","uid":"u"},"status":{"phase":"Active"}}"#),
    (
      .services,
      #"""
      {"metadata":{"name":"web","namespace":"default","resourceVersion":"12","labels":{"a\"b":"x \u003c y"},
        "managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{"f:ports":{".":{}}}}}]},
       "spec":{"clusterIP":"10.96.0.20","clusterIPs":["10.96.0.20","fd00::20"],"type":"ClusterIP",
        "selector":{"app":"web"},"ports":[{"name":"http","protocol":"TCP","port":80,"targetPort":"web"},
        {"name":"dns","protocol":"UDP","port":53,"targetPort":53}]},"status":{"loadBalancer":{}}}
      """#
    ),
    (
      .services,
      #"""
      {"metadata":{"name":"db","namespace":"team"},"spec":{"clusterIP":"None","type":"ClusterIP",
       "publishNotReadyAddresses":true,"ports":[{"port":3306}]}}
      """#
    ),
    (
      .services,
      #"{"metadata":{"name":"out","namespace":"team"},"spec":{"type":"ExternalName","externalName":"db.example.com"}}"#
    ),
    (.services, #"{"metadata":{"name":"bad","namespace":"t"},"spec":{"type":"ExternalName","externalName":"a..b"}}"#),
    (.services, #"{"metadata":{"name":"bare","namespace":"t"},"spec":{}}"#),
    (
      .endpointSlices,
      #"""
      {"addressType":"IPv4","metadata":{"name":"db-1","namespace":"team","resourceVersion":"99",
        "labels":{"kubernetes.io/service-name":"db","service.kubernetes.io/headless":"",
          "endpointslice.kubernetes.io/managed-by":"endpointslice-controller.k8s.io"},
        "annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"2026-01-31T12:00:00Z"}},
       "endpoints":[
        {"addresses":["10.244.0.5"],"conditions":{"ready":true,"serving":true,"terminating":false},"hostname":"db-0",
         "targetRef":{"kind":"Pod","namespace":"team","name":"db-0","uid":"x"},"nodeName":"n1","zone":"z"},
        {"addresses":["10.244.0.6"],"conditions":{"ready":false,"serving":false}},
        {"addresses":["10.244.0.7","10.244.0.8"],"conditions":{}},
        {"addresses":["10.244.0.9"],"hostname":""},
        {"addresses":[]},{"addresses":["no address"]}],
       "ports":[{"name":"mysql","port":3306,"protocol":"TCP"},{"name":"","port":80},{"name":"all"}]}
      """#
    ),
    (
      .endpointSlices,
      #"""
      {"addressType":"IPv6","metadata":{"name":"db-2","namespace":"team",
        "labels":{"kubernetes.io/service-name":"db","service.kubernetes.io/headless":""},
        "annotations":{"endpoints.kubernetes.io/last-change-trigger-time":"2026-01-31T12:00:01.5Z"}},
       "endpoints":[{"addresses":["fd00::5"],"hostname":"db-0"},{"addresses":["::"]}],"ports":[{"port":3306}]}
      """#
    ),
    (.endpointSlices, #"{"addressType":"IPv4","metadata":{"name":"mine","namespace":"team"},"endpoints":[]}"#),
    (
      .pods,
      #"""
      {"metadata":{"name":"db-0","namespace":"team","resourceVersion":"5"},
       "spec":{"hostname":"db-0","subdomain":"db","containers":[{"name":"c","image":"i"}]},
       "status":{"phase":"Running","podIP":"10.244.0.5","podIPs":[{"ip":"10.244.0.5"},{"ip":"fd00::5"}]}}
      """#
    ),
    (
      .pods,
      #"""
      {"metadata":{"name":"old","namespace":"team"},"spec":{"hostNetwork":true},
       "status":{"phase":"Failed","podIP":"192.0.2.1"}}
      """#
    ),
    (.pods, #"{"metadata":{"name":"new","namespace":"team"},"spec":{},"status":{"phase":"Pending"}}"#),
    (
      .statefulSets,
      #"""
      {"metadata":{"name":"db","namespace":"team"},"spec":{"serviceName":"db","replicas":3,"ordinals":{"start":2}}}
      """#
    ),
    (.statefulSets, #"{"metadata":{"name":"one","namespace":"team"},"spec":{"serviceName":"db"}}"#),
    (.statefulSets, #"{"metadata":{"name":"none","namespace":"team"},"spec":{"replicas":0}}"#),
  ]

  /// The object with the type members that an API server sends.
  static func object(_ index: Int) throws -> KubeObject {
    let (kind, json) = texts[index]
    var root: JSONObject = ["apiVersion": .string(kind.resource.apiVersion), "kind": .string(kind.resource.kind)]
    for (name, value) in try JSONParser.parse(json).object ?? [:] { root[name] = value }
    return KubeObject(root, of: kind.resource)
  }

  /// What the views of objects make of it, on which manifests rely.
  static func expected(_ object: KubeObject, _ kind: FollowedKind) -> ObjectFacts {
    let value: ObjectFacts.Value
    switch (kind, NameChange(.updated(object))) {
    case (.namespaces, _): value = .namespace
    case (.services, .service(_, _, let facts?)): value = .service(facts)
    case (.endpointSlices, .slice(_, _, let facts)): value = .slice(facts)
    case (.pods, _): value = .pod(PodFacts(Pod(object)))
    default: value = .statefulSet(StatefulSetFacts(object))
    }
    var facts = ObjectFacts(value)
    facts.name = object.metadata.name
    facts.namespace = object.metadata.namespace
    facts.version = object.metadata.resourceVersion
    if kind == .endpointSlices, let delay = ChangeDelay.delays(of: [.updated(object)], now: .epoch).first {
      facts.cause = ChangeCause(kind: delay.kind, time: Timestamp(microseconds: Int64(-delay.seconds * 1e6)))
    }
    return facts
  }
}

extension Timestamp {
  static let epoch = Timestamp(microseconds: 0)
}
