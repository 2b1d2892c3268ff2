// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

/// Kinds that say what is allowed, and DaemonSets.
@Suite("Policies, roles and DaemonSets")
struct PolicyKindTests {
  @Test(
    "rules of roles",
    arguments: [
      (#"{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}"#, []),
      (
        #"{"apiGroups":[""],"resources":["pods"]}"#,
        ["rules[0].verbs: Required value: verbs must contain at least one value"]
      ),
      (
        #"{"resources":["pods"],"verbs":["get"]}"#,
        [
          "rules[0].apiGroups: Required value: resource rules must supply at least one api group; "
            + "the core group is \"\""
        ]
      ),
      (
        #"{"apiGroups":[""],"verbs":["get"]}"#,
        ["rules[0].resources: Required value: resource rules must supply at least one resource"]
      ),
      (#"{"nonResourceURLs":["/healthz"],"verbs":["get"]}"#, []),
      (
        #"{"nonResourceURLs":["/healthz"],"resources":["pods"],"verbs":["get"]}"#,
        [
          "rules[0].nonResourceURLs: Invalid value: [\"/healthz\"]: rules cannot apply to both regular resources and "
            + "non-resource URLs"
        ]
      ),
    ] as [(String, [String])])
  func rules(rule: String, expected: [String]) throws {
    #expect(try problems(#"{"metadata":{"name":"system:x"},"rules":[\#(rule)]}"#, in: .clusterRoles) == expected)
  }

  @Test("a role of a namespace has no paths")
  func namespacedPaths() throws {
    let text = #"{"metadata":{"name":"x","namespace":"n"},"rules":[{"nonResourceURLs":["/a"],"verbs":["get"]}]}"#
    #expect(
      try problems(text, in: .roles)
        == [#"rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs"#])
  }

  @Test("names of roles are parts of paths", arguments: [("system:a b", nil), ("a/b", "/"), ("a%b", "%")])
  func roleNames(name: String, refused: String?) throws {
    let found = try problems(#"{"metadata":{"name":"\#(name)"}}"#, in: .clusterRoles)
    #expect(found == (refused.map { ["metadata.name: Invalid value: \"\(name)\": may not contain '\($0)'"] } ?? []))
  }

  @Test(
    "bindings",
    arguments: [
      (#""roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"User","name":"u"}]"#, []),
      (#""subjects":[]"#, ["roleRef: Required value"]),
      (#""roleRef":{"name":"r"}"#, ["roleRef.kind: Required value"]),
      (#""roleRef":{"kind":"ClusterRole"}"#, ["roleRef.name: Required value"]),
      (
        #""roleRef":{"kind":"Role","name":"r"}"#,
        [#"roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole""#]
      ),
      (
        #""roleRef":{"apiGroup":"v1","kind":"ClusterRole","name":"r"}"#,
        [#"roleRef.apiGroup: Unsupported value: "v1": supported values: "rbac.authorization.k8s.io""#]
      ),
      (
        #""roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"a"}]"#,
        ["subjects[0].namespace: Required value"]
      ),
      (
        #""roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"a","namespace":"n","#
          + #""apiGroup":"rbac.authorization.k8s.io"}]"#,
        [#"subjects[0].apiGroup: Unsupported value: "rbac.authorization.k8s.io": supported values: """#]
      ),
      (
        #""roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"Pod","name":"a"}]"#,
        [#"subjects[0].kind: Unsupported value: "Pod": supported values: "ServiceAccount", "User", "Group""#]
      ),
    ] as [(String, [String])])
  func bindings(members: String, expected: [String]) throws {
    #expect(try problems(#"{"metadata":{"name":"b"},\#(members)}"#, in: .clusterRoleBindings) == expected)
  }

  @Test("groups of subjects and roles have their default")
  func bindingDefaults() throws {
    let text = #"{"metadata":{"name":"b"},"roleRef":{"kind":"Role","name":"r"},"#
      + #""subjects":[{"kind":"Group","name":"g"},{"kind":"ServiceAccount","name":"a","namespace":"n"}]}"#
    let binding = try stored(text, as: .roleBinding)
    #expect(binding["roleRef"]?["apiGroup"] == "rbac.authorization.k8s.io")
    let groups = (binding["subjects"]?.array ?? []).map { $0["apiGroup"]?.string }
    #expect(groups == ["rbac.authorization.k8s.io", nil])
  }

  @Test(
    "disruption budgets",
    arguments: [
      (#"{"minAvailable":1}"#, []), (#"{"maxUnavailable":"30%","unhealthyPodEvictionPolicy":"AlwaysAllow"}"#, []),
      (
        #"{"minAvailable":1,"maxUnavailable":1}"#,
        [
          #"spec: Invalid value: {"minAvailable":1,"maxUnavailable":1}: "#
            + "minAvailable and maxUnavailable cannot be both set"
        ]
      ),
      (#"{"minAvailable":-1}"#, ["spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"]),
      (#"{"maxUnavailable":"101%"}"#, [#"spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%"#]),
      (
        #"{"minAvailable":"half"}"#,
        [
          #"spec.minAvailable: Invalid value: "half": a valid percent string must be a numeric string followed by an "#
            + "ending '%' (e.g. '1%', or '93%')"
        ]
      ),
    ] as [(String, [String])])
  func budgets(spec: String, expected: [String]) throws {
    let text = #"{"metadata":{"name":"b","namespace":"n"},"spec":\#(spec)}"#
    #expect(try problems(text, in: .podDisruptionBudgets) == expected)
  }

  @Test(
    "network policies",
    arguments: [
      ("{}", []), (#"{"ingress":[{"ports":[{"port":"dns"},{"port":1,"endPort":2}],"from":[{"podSelector":{}}]}]}"#, []),
      (
        #"{"policyTypes":["In"]}"#,
        [#"spec.policyTypes[0]: Unsupported value: "In": supported values: "Egress", "Ingress""#]
      ),
      (
        #"{"ingress":[{"ports":[{"port":0}]}]}"#,
        ["spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]
      ),
      (
        #"{"egress":[{"ports":[{"port":9,"endPort":8}]}]}"#,
        ["spec.egress[0].ports[0].endPort: Invalid value: 8: must be greater than or equal to `port`"]
      ),
      (
        #"{"egress":[{"ports":[{"endPort":8}]}]}"#,
        ["spec.egress[0].ports[0].endPort: Forbidden: may not be specified when `port` is not specified"]
      ),
      (
        #"{"egress":[{"ports":[{"port":"dns","endPort":8}]}]}"#,
        ["spec.egress[0].ports[0].endPort: Forbidden: may not be specified when `port` is non-numeric"]
      ),
      (#"{"ingress":[{"from":[{}]}]}"#, ["spec.ingress[0].from[0]: Required value: must specify a peer"]),
      (
        #"{"egress":[{"to":[{"podSelector":{},"ipBlock":{"cidr":"10.0.0.0/8"}}]}]}"#,
        ["spec.egress[0].to[0].podSelector: Forbidden: may not be specified when `ipBlock` is also specified"]
      ),
      (
        #"{"egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0"}}]}]}"#,
        [
          #"spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.0": must be a valid CIDR value, "#
            + "(e.g. 10.9.8.0/24 or 2001:db8::/64)"
        ]
      ),
      (
        #"{"egress":[{"to":[{"ipBlock":{"cidr":"10.0.0.0/8","except":["10.1.0.0/16","11.0.0.0/16","10.0.0.0/8"]}}]}]}"#,
        [
          #"spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`"#,
          #"spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`"#,
        ]
      ),
    ] as [(String, [String])])
  func networkPolicies(spec: String, expected: [String]) throws {
    let text = #"{"metadata":{"name":"b","namespace":"n"},"spec":\#(spec)}"#
    #expect(try problems(text, in: .networkPolicies) == expected)
  }

  @Test("the directions of a network policy follow its rules", arguments: [
    (#"{"ingress":[{}]}"#, ["Ingress"]), (#"{"egress":[{}]}"#, ["Ingress", "Egress"]), ("{}", ["Ingress"]),
    (#"{"egress":[{}],"policyTypes":["Egress"]}"#, ["Egress"]),
  ])
  func directions(spec: String, types: [String]) throws {
    let policy = try stored(#"{"spec":\#(spec)}"#, as: .networkPolicy)
    #expect(policy["spec"]?["policyTypes"]?.array?.compactMap(\.string) == types)
    #expect(policy["spec"]?["podSelector"] == [:])
  }

  @Test("blocks of addresses", arguments: [
    ("10.0.0.0/8", true), ("10.1.2.3/8", true), ("0.0.0.0/0", true), ("2001:db8::/32", true), ("10.0.0.0/33", false),
    ("10.0.0.0/08", false), ("10.0.0.0/", false), ("10.0.0.0", false), ("10.0.0/8", false), ("::/129", false),
    ("10.0.0.0/-1", false), ("10.0.0.0/8/8", false),
  ])
  func blocks(text: String, isBlock: Bool) {
    #expect((AddressBlock(text) != nil) == isBlock)
  }

  @Test(
    "priority classes",
    arguments: [
      (#"{"metadata":{"name":"p"},"value":1000}"#, []), (#"{"metadata":{"name":"p"}}"#, ["value: Required value"]),
      (
        #"{"metadata":{"name":"p"},"value":1000000001}"#,
        ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"]
      ),
      (
        #"{"metadata":{"name":"system-p"},"value":1}"#,
        ["metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only"]
      ),
      (
        #"{"metadata":{"name":"p"},"value":1,"preemptionPolicy":"Always"}"#,
        [#"preemptionPolicy: Unsupported value: "Always": supported values: "Never", "PreemptLowerPriority""#]
      ),
    ] as [(String, [String])])
  func priorities(text: String, expected: [String]) throws {
    #expect(try problems(text, in: .priorityClasses) == expected)
  }

  private static func daemonSet(_ members: String, labels: String = #"{"app":"a"}"#, pod: String = "") -> String {
    #"""
    {"metadata":{"name":"d","namespace":"n"},"spec":{"selector":{"matchLabels":{"app":"a"}},
    "template":{"metadata":{"labels":\#(labels)},"spec":{\#(pod)"containers":[{"name":"c","image":"host"}]}}\#(members)}}
    """#
  }

  @Test(
    "DaemonSets",
    arguments: [
      (daemonSet(""), []),
      (
        daemonSet("", labels: #"{"app":"b"}"#),
        [
          #"spec.template.metadata.labels: Invalid value: {"app":"b"}: `selector` does not match template `labels`"#
        ]
      ),
      (
        daemonSet("", pod: #""restartPolicy":"Never","#),
        [#"spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always""#]
      ),
      (
        daemonSet(#","updateStrategy":{"type":"Recreate"}"#),
        [#"spec.updateStrategy.type: Unsupported value: "Recreate": supported values: "OnDelete", "RollingUpdate""#]
      ),
      (daemonSet(#","updateStrategy":{"rollingUpdate":{"maxSurge":1}}"#), []),
      (
        daemonSet(#","updateStrategy":{"rollingUpdate":{"maxSurge":1,"maxUnavailable":1}}"#),
        [
          "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"
        ]
      ),
      (
        daemonSet(#","updateStrategy":{"rollingUpdate":{"maxUnavailable":0}}"#),
        ["spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0"]
      ),
    ] as [(String, [String])])
  func daemonSets(text: String, expected: [String]) throws {
    #expect(try problems(text, in: .daemonSets) == expected)
  }

  @Test("a number of pods belongs to other kinds")
  func advice() throws {
    var decoder = SchemaDecoder()
    _ = decoder.decode(try object(#"{"spec":{"replicas":3}}"#), as: .daemonSet)
    #expect(decoder.unknown.map(\.suggestion) == [
      "a DaemonSet has one pod on each node; a number of pods belongs to a Deployment or StatefulSet"
    ])
  }

  @Test(
    "what stays as it was created",
    arguments: [
      (
        .roleBindings, #"{"roleRef":{"kind":"Role","name":"a"}}"#, #"{"roleRef":{"kind":"Role","name":"b"}}"#,
        [#"roleRef: Invalid value: {"kind":"Role","name":"b"}: cannot change roleRef"#]
      ),
      (.priorityClasses, #"{"value":1}"#, #"{"value":2}"#, ["value: Forbidden: may not be changed in an update."]),
      (.priorityClasses, #"{"value":1}"#, #"{"value":1,"description":"d"}"#, []),
      (
        .daemonSets, #"{"spec":{"selector":{"matchLabels":{"a":"b"}}}}"#,
        #"{"spec":{"selector":{"matchLabels":{"a":"c"}}}}"#,
        [#"spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable"#]
      ),
      (.clusterRoles, #"{"rules":[]}"#, #"{"rules":[{"verbs":["get"]}]}"#, []),
    ] as [(APIResource, String, String, [String])])
  func updates(resource: APIResource, old: String, new: String, expected: [String]) throws {
    #expect(resource.validateUpdate(old: try object(old), new: try object(new)).map(\.description) == expected)
  }

  @Test("kinds without effect say so, and no others")
  func notices() {
    let silent = APIResource.all.filter { $0.notice != nil }.map(\.kind)
    #expect(
      Set(silent) == [
        "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "NetworkPolicy", "PodDisruptionBudget",
        "PriorityClass",
      ])
  }
}
