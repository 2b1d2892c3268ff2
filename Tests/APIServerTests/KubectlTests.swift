// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import KubeStore
import NIOCore
import OrderedCollections
import Subprocess
import Testing

@testable import APIServer

/// What people type, by the real kubectl over TLS.
@Suite struct KubectlTests {
  private static let manifests = """
    apiVersion: v1
    kind: Service
    metadata: {name: db, labels: {app: db}}
    spec:
      clusterIP: None
      selector: {app: db}
      ports: [{name: sql, port: 3306}]
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db}
    spec:
      serviceName: db
      replicas: 3
      selector: {matchLabels: {app: db}}
      template:
        metadata: {labels: {app: db}}
        spec: {containers: [{name: db, image: host, ports: [{containerPort: 3306}]}]}
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {a: "1"}
    """

  @Test func whatIsServed() async throws {
    try await TestServer.run { server in
      let version = try await server.kubectl("version")
      #expect(version.output.contains("Server Version: v1.36.0+callsign"), "\(version)")
      let kinds = try await server.kubectl("api-resources", "--no-headers")
      for resource in APIResource.all { #expect(kinds.output.contains(resource.plural), "\(kinds)") }
      let versions = try await server.kubectl("api-versions")
      #expect(versions.output.split(separator: "\n").contains("apps/v1"), "\(versions)")
      let field = try await server.kubectl("explain", "statefulset.spec.serviceName")
      #expect(field.output.contains("serviceName <string>"), "\(field)")
      #expect(try await server.kubectl("cluster-info").status == 0)
      #expect(try await server.kubectl("auth", "can-i", "create", "pods").output == "yes\n")
      #expect(try await server.kubectl("auth", "whoami").output.contains("callsign-admin"))
    }
  }

  @Test func applyTwiceThenChange() async throws {
    try await TestServer.run { server in
      let first = try await server.kubectl("apply", "-f", "-", input: Self.manifests)
      let created = "service/db created\nstatefulset.apps/db created\nconfigmap/settings created\n"
      #expect(first.output == created, "\(first)")
      let second = try await server.kubectl("apply", "-f", "-", input: Self.manifests)
      #expect(second.output == "service/db unchanged\nstatefulset.apps/db unchanged\nconfigmap/settings unchanged\n")
      let changed = Self.manifests.replacing("3306}]\n", with: "3307}]\n").replacing("a: \"1\"", with: "b: \"2\"")
      let difference = try await server.kubectl("diff", "-f", "-", input: changed)
      #expect(difference.status == 1 && difference.output.contains("+    port: 3307"), "\(difference)")
      #expect(!difference.output.contains("+  resourceVersion"), "\(difference)")
      let third = try await server.kubectl("apply", "-f", "-", input: changed)
      #expect(third.output == "service/db configured\nstatefulset.apps/db unchanged\nconfigmap/settings configured\n")
      let data = server.store.object(.configMaps, namespace: "default", name: "settings")?["data"]
      #expect(data == ["b": "2"], "what the manifest has no longer is gone")
      let dry = try await server.kubectl("delete", "--dry-run=server", "-f", "-", input: changed)
      #expect(dry.status == 0, "\(dry)")
      let gone = try await server.kubectl("delete", "-f", "-", input: changed)
      #expect(gone.status == 0, "\(gone)")
      #expect(server.store.objects(.services, namespace: "default").isEmpty)
    }
  }

  @Test func mistakesAreRefusedWithTheCorrection() async throws {
    try await TestServer.run { server in
      let capital = Self.manifests.replacing("clusterIP: None", with: "ClusterIP: None")
      let first = try await server.kubectl("apply", "-f", "-", input: capital)
      #expect(
        first.errors.contains(
          "strict decoding error: unknown field \"spec.ClusterIP\" "
            + "(field names are case-sensitive: write \"clusterIP\")"),
        "\(first)")
      let selector = Self.manifests.replacing("selector: {app: db}", with: "selector: {matchLabels: {app: db}}")
      let second = try await server.kubectl("apply", "-f", "-", input: selector)
      #expect(second.errors.contains("spec.selector.matchLabels"), "\(second)")
      #expect(second.errors.contains("write selector: {app: db}"), "\(second)")
      #expect(server.store.objects(.services, namespace: "default").isEmpty)
    }
  }

  @Test func createAndChange() async throws {
    try await TestServer.run { server in
      let kubectl = server.kubectl
      func run(_ arguments: String...) async throws -> String {
        let result = try await kubectl.run(arguments)
        #expect(result.status == 0, "\(arguments): \(result)")
        return result.output
      }
      // These send protobuf.
      #expect(try await run("create", "namespace", "team") == "namespace/team created\n")
      #expect(try await run("create", "configmap", "c", "--from-literal=a=b") == "configmap/c created\n")
      #expect(try await run("create", "service", "clusterip", "web", "--tcp=80:8080") == "service/web created\n")
      _ = try await run("create", "deployment", "d", "--image=host", "--replicas=2")
      #expect(try await run("label", "service", "web", "tier=front") == "service/web labeled\n")
      #expect(try await run("annotate", "service", "web", "note=x") == "service/web annotated\n")
      #expect(try await run("get", "services", "-l", "tier=front", "-o", "name") == "service/web\n")
      #expect(try await run("get", "services", "--field-selector", "metadata.name=none", "-o", "name") == "")
      #expect(try await run("scale", "deployment", "d", "--replicas=5") == "deployment.apps/d scaled\n")
      #expect(try await run("get", "deployment", "d", "-o", "jsonpath={.spec.replicas}") == "5")
      _ = try await run("patch", "service", "web", "-p", #"{"spec":{"ports":[{"port":80,"name":"http"}]}}"#)
      let path = "jsonpath={.spec.ports[0].name}{.spec.ports[0].targetPort}"
      let port = try await run("get", "service", "web", "-o", path)
      #expect(port == "http8080", "a strategic patch merges the port")
      _ = try await run("patch", "service", "web", "--type=merge", "-p", #"{"metadata":{"labels":{"tier":null}}}"#)
      _ = try await run(
        "patch", "service", "web", "--type=json", "-p", #"[{"op":"add","path":"/metadata/labels/z","value":"1"}]"#)
      #expect(try await run("get", "service", "web", "-o", "jsonpath={.metadata.labels}") == #"{"app":"web","z":"1"}"#)
      #expect(try await run("run", "p", "--image=host", "--dry-run=server", "-o", "name") == "pod/p\n")
      #expect(server.store.objects(.pods, namespace: nil).isEmpty, "a dry run keeps nothing")
      // Newer versions of kubectl say the namespace behind that.
      #expect(try await run("delete", "service", "web", "--wait=true").hasPrefix("service \"web\" deleted"))
      #expect(try await run("delete", "configmap", "--all").hasPrefix("configmap \"c\" deleted"))
    }
  }

  private static let policies = """
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata: {name: "x:reader"}
    rules: [{apiGroups: [""], resources: [services], verbs: [get, list, watch]}]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRoleBinding
    metadata: {name: "x:reader"}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "x:reader"}
    subjects: [{kind: ServiceAccount, name: x, namespace: default}]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata: {name: writer}
    rules: [{apiGroups: [""], resources: [configmaps], verbs: ["*"], resourceNames: [x]}]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata: {name: writer}
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: writer}
    subjects: [{kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}]
    ---
    apiVersion: policy/v1
    kind: PodDisruptionBudget
    metadata: {name: x}
    spec: {maxUnavailable: 1, selector: {matchLabels: {app: x}}}
    ---
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata: {name: x}
    spec:
      podSelector: {matchLabels: {app: x}}
      ingress: [{ports: [{port: 53, protocol: UDP}], from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]
    ---
    apiVersion: scheduling.k8s.io/v1
    kind: PriorityClass
    metadata: {name: x}
    value: 1000
    description: for x
    ---
    apiVersion: apps/v1
    kind: DaemonSet
    metadata: {name: x}
    spec:
      selector: {matchLabels: {app: x}}
      template:
        metadata: {labels: {app: x}}
        spec: {containers: [{name: x, image: host}]}
    """
  private static let policyNames = [
    "clusterrole.rbac.authorization.k8s.io/x:reader", "clusterrolebinding.rbac.authorization.k8s.io/x:reader",
    "role.rbac.authorization.k8s.io/writer", "rolebinding.rbac.authorization.k8s.io/writer",
    "poddisruptionbudget.policy/x", "networkpolicy.networking.k8s.io/x", "priorityclass.scheduling.k8s.io/x",
    "daemonset.apps/x",
  ]

  /// Kinds that are kept without effect are taken, shown and given back as any other; kubectl prints the warning.
  @Test func policiesAreKeptWithAWarning() async throws {
    try await TestServer.run { server in
      let first = try await server.kubectl("apply", "-f", "-", input: Self.policies)
      #expect(first.output == Self.policyNames.map { "\($0) created\n" }.joined(), "\(first)")
      // kubectl says the same sentence once.
      let warnings = first.errors.split(separator: "\n")
      #expect(Set(warnings) == Set(APIResource.all.compactMap { $0.notice.map { "Warning: \($0)"[...] } }), "\(first)")
      let second = try await server.kubectl("apply", "-f", "-", input: Self.policies)
      #expect(second.output == Self.policyNames.map { "\($0) unchanged\n" }.joined(), "\(second)")
      for name in Self.policyNames {
        let described = try await server.kubectl("describe", name)
        #expect(described.status == 0 && described.output.contains("Name:"), "\(described)")
        let shown = try await server.kubectl("get", name, "-o", "yaml")
        #expect(shown.status == 0 && shown.output.contains("uid:"), "\(shown)")
        #expect(!shown.errors.contains("Warning"), "reading is no writing: \(shown)")
      }
      let budgets = try await server.kubectl("get", "pdb", "--no-headers")
      #expect(budgets.output.split(separator: " ", omittingEmptySubsequences: true).prefix(4) == ["x", "N/A", "1", "0"])
      let gone = try await server.kubectl("delete", "-f", "-", input: Self.policies)
      #expect(gone.status == 0, "\(gone)")
      #expect(server.store.objects(.clusterRoles, namespace: nil).isEmpty)
    }
  }

  @Test func policiesAsKubectlCreatesThem() async throws {
    try await TestServer.run { server in
      let kubectl = server.kubectl
      let commands = [
        ["create", "clusterrole", "r", "--verb=get,list", "--resource=pods,services"],
        ["create", "clusterrolebinding", "b", "--clusterrole=r", "--serviceaccount=default:a", "--user=u"],
        ["create", "role", "r", "--verb=get", "--resource=pods"],
        ["create", "rolebinding", "b", "--role=r", "--group=g"],
        ["create", "poddisruptionbudget", "p", "--selector=app=x", "--min-available=50%"],
        ["create", "priorityclass", "p", "--value=7", "--description=d"],
      ]
      for command in commands {
        let result = try await kubectl.run(command)
        #expect(result.status == 0, "\(command): \(result)")
      }
      func field(_ object: String, _ path: String) async throws -> String {
        try await kubectl("get", object, "-o", "jsonpath={\(path)}").output
      }
      #expect(try await field("clusterrole/r", ".rules[0].resources") == #"["pods","services"]"#)
      #expect(try await field("clusterrolebinding/b", ".subjects[*].name") == "u a")
      #expect(try await field("rolebinding/b", ".roleRef.name") == "r")
      #expect(try await field("pdb/p", ".spec.minAvailable") == "50%")
      #expect(try await field("priorityclass/p", ".value") == "7")
      let wrong = try await kubectl("patch", "rolebinding", "b", "-p", #"{"roleRef":{"name":"other"}}"#)
      #expect(wrong.errors.contains("cannot change roleRef"), "\(wrong)")
    }
  }

  @Test func editWithAnEditor() async throws {
    try await TestServer.run { server in
      _ = try await server.kubectl("create", "configmap", "c", "--from-literal=a=before")
      let edited = try await server.kubectl("edit", "configmap", "c", environment: ["EDITOR": "sed -i s/before/after/"])
      #expect(edited.status == 0, "\(edited)")
      #expect(server.store.object(.configMaps, namespace: "default", name: "c")?["data"] == ["a": "after"])
    }
  }

  @Test(arguments: ["service/db", "statefulset/db", "configmap/settings", "namespace/default", "deployment/d", "pod/p"])
  func describe(what: String) async throws {
    try await TestServer.run { server in
      _ = try await server.kubectl("apply", "-f", "-", input: Self.manifests)
      _ = try await server.kubectl("create", "deployment", "d", "--image=host")
      _ = try await server.kubectl("run", "p", "--image=host")
      let described = try await server.kubectl("describe", what)
      #expect(described.status == 0 && described.output.contains("Name:"), "\(described)")
    }
  }

  @Test func errorsInKubectlsWords() async throws {
    try await TestServer.run { server in
      let missing = try await server.kubectl("get", "service", "nope")
      #expect(missing.errors == "Error from server (NotFound): services \"nope\" not found\n")
      let stranger = try await server.kubectl("--token=wrong", "get", "services")
      #expect(stranger.errors.contains("Unauthorized"), "\(stranger)")
      let serverSide = try await server.kubectl("apply", "--server-side", "-f", "-", input: Self.manifests)
      #expect(serverSide.errors.contains("server-side apply is not served by this version"), "\(serverSide)")
      _ = try await server.kubectl("run", "p", "--image=host")
      let logs = try await server.kubectl("logs", "p")
      #expect(logs.errors.contains("log is not served by the API of this version"), "\(logs)")
      let exec = try await server.kubectl("exec", "p", "--", "ls")
      #expect(exec.errors.contains("use `callsign exec`"), "\(exec)")
    }
  }

  @Test func pagesMakeOneList() async throws {
    try await TestServer.run { server in
      for index in 0..<7 {
        _ = try await server.store.create(
          ["metadata": ["name": .string("m-\(index)"), "namespace": "default"]], in: .configMaps)
      }
      let list = try await server.kubectl("get", "configmaps", "--chunk-size=3", "-o", "name")
      #expect(list.output.split(separator: "\n").count == 7, "\(list)")
    }
  }

  @Test func getWatch() async throws {
    try await TestServer.run { server in
      let create: JSONObject = ["metadata": ["name": "first", "namespace": "default"]]
      _ = try await server.store.create(create, in: .configMaps)
      try await server.kubectl.lines("get", "configmaps", "-w", "--no-headers") { lines in
        var lines = lines.makeAsyncIterator()
        #expect(try await lines.next()?.hasPrefix("first") == true)
        _ = try await server.store.create(["metadata": ["name": "second", "namespace": "default"]], in: .configMaps)
        #expect(try await lines.next()?.hasPrefix("second") == true)
        try await server.store.delete(.configMaps, namespace: "default", name: "first", options: DeleteOptions())
        #expect(try await lines.next()?.hasPrefix("first") == true)
      }
    }
  }

  /// Shutdown does not wait for its grace where clients have nothing to wait for.
  @Test(.timeLimit(.minutes(1))) func shutdownEndsKubectl() async throws {
    var limits = APIServerLimits()
    limits.shutdownGrace = .hours(1)
    try await TestServer.run(limits: limits) { server in
      try await server.kubectl.lines("get", "namespaces", "-w", "-o", "name") { lines in
        var names: [String] = []
        for try await name in lines {
          names.append(name)
          if names.count == 2 { await server.shutdown() }
        }
        #expect(names == ["namespace/default", "namespace/kube-system"])
      }
    }
  }

  @Test func waitAndRollout() async throws {
    try await TestServer.run { server in
      _ = try await server.kubectl("create", "deployment", "d", "--image=host", "--replicas=2")
      _ = try await server.kubectl("create", "configmap", "c")
      async let rollout = server.kubectl("rollout", "status", "deployment/d", "--timeout=20s")
      async let deletion = server.kubectl("wait", "--for=delete", "configmap/c", "--timeout=20s")
      _ = try await server.store.modify(.deployments, namespace: "default", name: "d", status: true) { root in
        root["status"] = [
          "observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2,
        ]
      }
      try await server.store.delete(.configMaps, namespace: "default", name: "c", options: DeleteOptions())
      #expect(try await rollout.output.contains("successfully rolled out"))
      #expect(try await deletion.status == 0)
    }
  }
}
