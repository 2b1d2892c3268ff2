// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming
import OrderedCollections
import Testing

/// What is proposed can be done: the API takes it.
@Suite("Explain: remedies") struct ExplainRemedyTests {
  private static let name = "db.default.svc.cluster.local"

  /// The remedies for `db.default.svc.cluster.local`, unless another name is given.
  private static func remedies(_ name: String = name, _ objects: KubeObject...) throws -> [String] {
    let namespaces = [Cluster.namespace("default"), Cluster.namespace("other")]
    return try ExplainWorld(namespaces + objects).explain(name).remedies
  }

  private static let selectorAlone = "set spec.selector[app] of Service default/db to \"web\""
  private static let service = ExplainEndpointTests.headless(["app": "db"])

  // MARK: Labels

  @Test("A template is not given a label that the workload's selector forbids", arguments: [
    ["app": "web"], ["app": "web", "tier": "front"],
  ])
  func templateOfSelector(labels: [String: String]) throws {
    for resource in [APIResource.deployments, .statefulSets] {
      let set = Objects.workload(resource, "web", labels: labels)
      #expect(try Self.remedies(Self.name, Self.service, set) == [Self.selectorAlone])
      let owner = resource == .deployments ? "ReplicaSet/web-5d" : "StatefulSet/web"
      let remedies = try Self.remedies(
        Self.name, Self.service, set,
        Objects.workload(.replicaSets, "web-5d", labels: labels, owner: "Deployment/web"),
        Objects.pod("web-x", labels: labels, ip: "10.244.0.2", owner: owner))
      #expect(remedies == [Self.selectorAlone])
    }
  }

  @Test("A template is given a label that the workload's selector leaves open", arguments: [
    ["matchLabels": ["run": "web"]], ["matchExpressions": [["key": "app", "operator": "In", "values": ["web", "db"]]]],
  ] as [JSONValue])
  func templateLabel(selector: JSONValue) throws {
    let labels = ["app": "web", "run": "web"]
    #expect(
      try Self.remedies(
        Self.name, Self.service, Objects.workload(.deployments, "web", labels: labels, ["selector": selector])) == [
          "set spec.selector[app] of Service default/db to \"web\", or set spec.template.metadata.labels[app] of "
            + "Deployment default/web to \"db\""
        ])
    let remedies = try Self.remedies(
      Self.name, Self.service, Objects.workload(.replicaSets, "web", labels: labels, ["selector": selector]),
      Objects.pod("web-x", labels: labels, ip: "10.244.0.2", owner: "ReplicaSet/web"))
    #expect(
      remedies == [
        "set spec.selector[app] of Service default/db to \"web\", or set spec.template.metadata.labels[app] of "
          + "ReplicaSet default/web to \"db\", and delete its pods"
      ])
  }

  @Test("A label that a template lacks is added to it")
  func missingLabel() throws {
    let remedies = try Self.remedies(
      Self.name, ExplainEndpointTests.headless(["app": "web", "tier": "back"]),
      Objects.workload(.statefulSets, "web", labels: ["app": "web"]))
    #expect(
      remedies == [
        "remove tier from spec.selector of Service default/db, or set spec.template.metadata.labels[tier] of "
          + "StatefulSet default/web to \"back\""
      ])
  }

  @Test("Of workloads that are not read it is not known which labels they allow", arguments: [
    "DaemonSet/web", "ReplicaSet/web", "Rollout/web",
  ])
  func labelOfUnread(owner: String) throws {
    let pod = Objects.pod("web-x", labels: ["app": "web"], ip: "10.244.0.2", owner: owner)
    #expect(try Self.remedies(Self.name, Self.service, pod) == [Self.selectorAlone])
  }

  @Test("A pod that is not selected: its label, that of its template, or another workload", arguments: [
    (nil, "set metadata.labels[app] of Pod default/x to \"db\""),
    ("Deployment/open", "set spec.template.metadata.labels[app] of Deployment default/open to \"db\""),
    (
      "Deployment/web",
      "\(selectorAlone), or create Deployment default/web anew with app=db in its selector and its template"
    ),
    (
      "DaemonSet/agent",
      "\(selectorAlone), or create DaemonSet default/agent anew with app=db in its selector and its template"
    ),
  ] as [(String?, String)])
  func notSelected(owner: String?, remedy: String) throws {
    let labels = ["app": "web", "run": "x"]
    let set = owner.map { $0.replacing("Deployment/", with: "ReplicaSet/") }
    let remedies = try Self.remedies(
      "x.\(Self.name)", Self.service,
      Objects.workload(.deployments, "web", labels: labels),
      Objects.workload(.replicaSets, "web", labels: labels, owner: "Deployment/web"),
      Objects.workload(.deployments, "open", labels: labels, ["selector": ["matchLabels": ["run": "x"]]]),
      Objects.workload(.replicaSets, "open", labels: labels, owner: "Deployment/open"),
      Objects.pod("x", labels: labels, ip: "10.244.0.8", hostname: "x", subdomain: "db", owner: set))
    #expect(remedies == [remedy])
  }

  @Test("Where a Service selects other pods, its selector stays")
  func selectorOfOthers() throws {
    let remedies = try Self.remedies(
      "x.\(Self.name)", Self.service, Objects.pod("db-0", labels: ["app": "db"], ip: "10.244.0.2"),
      Objects.pod(
        "x", labels: ["app": "web"], ip: "10.244.0.8", hostname: "x", subdomain: "db", owner: "DaemonSet/agent"))
    #expect(remedies == ["create DaemonSet default/agent anew with app=db in its selector and its template"])
  }

  // MARK: Fields of pods

  @Test("A pod's spec stays as it is: its template is changed, or it is made anew", arguments: [
    (nil, "create Pod default/x anew with spec.subdomain: db"),
    ("ReplicaSet/web", "set spec.template.spec.subdomain of Deployment default/web to \"db\""),
    ("ReplicaSet/lone", "set spec.template.spec.subdomain of ReplicaSet default/lone to \"db\", and delete its pods"),
    ("ReplicaSet/gone", "set spec.template.spec.subdomain to \"db\" where ReplicaSet default/gone comes from"),
    ("DaemonSet/agent", "set spec.template.spec.subdomain of DaemonSet default/agent to \"db\""),
    ("Job/once", "create Job default/once anew with spec.template.spec.subdomain: db"),
    ("Rollout/r", "have Rollout default/r make Pod default/x anew with spec.subdomain: db"),
  ] as [(String?, String)])
  func subdomain(owner: String?, remedy: String) throws {
    let remedies = try Self.remedies(
      "x.\(Self.name)", Self.service,
      Objects.workload(.deployments, "web", labels: ["app": "db"]),
      Objects.workload(.replicaSets, "web", labels: ["app": "db"], owner: "Deployment/web"),
      Objects.workload(.replicaSets, "lone", labels: ["app": "db"]),
      Objects.pod("x", labels: ["app": "db"], ip: "10.244.0.8", hostname: "x", owner: owner))
    #expect(remedies == [remedy])
  }

  @Test("So do its hostname and its DNS policy")
  func otherFields() throws {
    let set = [
      Objects.workload(.deployments, "web", labels: ["app": "db"]),
      Objects.workload(.replicaSets, "web", labels: ["app": "db"], owner: "Deployment/web"),
    ]
    let pod = Objects.pod("x", labels: ["app": "db"], ip: "10.244.0.8", subdomain: "db", owner: "ReplicaSet/web")
    #expect(
      try Self.remedies("x.\(Self.name)", Self.service, set[0], set[1], pod) == [
        "set spec.template.spec.hostname of Deployment default/web to \"web\", or run it as a StatefulSet"
      ])
    let agent = Objects.pod("agent", ip: "10.0.0.1", owner: "DaemonSet/agent", spec: ["dnsPolicy": "Default"])
    let world = ExplainWorld([Cluster.namespace("default"), Self.service, agent])
    let remedy = try world.explain(Self.name, pod: "agent").remedies.first
    #expect(remedy == "set spec.template.spec.dnsPolicy of DaemonSet default/agent to \"ClusterFirst\"")
  }

  // MARK: Pods of other namespaces

  @Test("Pods of another namespace that have the labels are the cause, and none here that are merely alike")
  func elsewhere() throws {
    let elsewhere = Objects.pod("db-0", "other", labels: ["app": "db"], ip: "10.244.0.2")
    try ExplainEndpointTests.check(
      Self.service, elsewhere, causes: [.podsElsewhere],
      saying: "Pod other/db-0 has the labels app=db, in namespace \"other\"; Service default/db selects pods of "
        + "namespace \"default\" alone", "To change: create the Service in namespace \"other\"")
    try ExplainEndpointTests.check(
      Self.service, elsewhere, Objects.pod("oth", labels: ["app": "oth"], ip: "10.244.0.3"), causes: [.podsElsewhere])
    // What is nearly selected may be what was meant.
    let near = Objects.pod("bd", labels: ["app": "bd"], ip: "10.244.0.3")
    try ExplainEndpointTests.check(
      Self.service, elsewhere, near, causes: [.podsElsewhere], notes: [.selectorMatchesNothing])
    let remedies = try Self.remedies(Self.name, Self.service, elsewhere, near)
    #expect(remedies.first?.hasPrefix("create the Service in namespace \"other\"") == true)
    // Those that have ended are nobody's.
    let ended = Objects.pod("db-0", "other", labels: ["app": "db"], status: ["phase": "Succeeded"])
    try ExplainEndpointTests.check(Self.service, ended, causes: [.selectorMatchesNothing])
  }

  // MARK: Pods whose Service there is not

  static let solo = Objects.pod(
    "solo", labels: ["app": "solo"], ip: "10.244.0.2", hostname: "solo", subdomain: "solos")
  static let soloService = Cluster.service("solo-svc", ["clusterIPs": ["None"], "selector": ["app": "solo"]])

  @Test("A pod's subdomain that is no Service: that, or another subdomain", arguments: [
    "solo.solos", "solo.solos.default.svc.cluster.local", "solos.default.svc.cluster.local",
  ])
  func subdomainWithoutService(name: String) throws {
    let objects = [Cluster.namespace("default"), Self.solo, Self.soloService]
    let explanation = try ExplainWorld(objects, upstreams: ["192.0.2.1:53"]).explain(name)
    #expect(explanation.verdict == .nameError)
    #expect(explanation.findings.map(\.code) == [.serviceMissing, .workloadWithoutService])
    #expect(explanation.findings.allSatisfy { $0.weight == .cause })
    #expect(
      explanation.text.contains(
        "✗ Pod default/solo has the subdomain \"solos\", and there is no Service of that name that it could stand "
          + "below"))
    #expect(
      explanation.remedies == [
        "create a headless Service \"solos\" in namespace \"default\" that selects app=solo, or create Pod "
          + "default/solo anew with spec.subdomain: solo-svc"
      ])
  }

  @Test("Several pods of a template are said once, and without a headless Service there is one thing to do")
  func templateWithoutService() throws {
    let labels = ["app": "w", "pod-template-hash": "5d"]
    let objects = [
      Cluster.namespace("default"), Objects.workload(.deployments, "w", labels: ["app": "w"]),
      Objects.workload(.replicaSets, "w-5d", labels: labels, owner: "Deployment/w"),
      Cluster.service("w", ["clusterIPs": ["10.96.0.3"], "selector": ["app": "w"]]),
    ] + ["w-1", "w-2"].map { name in
      Objects.pod(name, labels: labels, ip: "10.244.0.3", hostname: name, subdomain: "ws", owner: "ReplicaSet/w-5d")
    }
    let explanation = try ExplainWorld(objects).explain("w-2.ws")
    #expect(explanation.findings.map(\.code) == [.serviceMissing, .workloadWithoutService])
    #expect(explanation.findings.last?.object?.description == "Pod default/w-2")
    #expect(
      explanation.remedies == ["create a headless Service \"ws\" in namespace \"default\" that selects app=w"])
    let selected = objects + [Cluster.service("wh", ["clusterIPs": ["None"], "selector": ["app": "w"]])]
    #expect(
      try ExplainWorld(selected).explain("w-2.ws").remedies.first?.hasSuffix(
        ", or set spec.template.spec.subdomain of Deployment default/w to \"wh\"") == true)
  }
}
