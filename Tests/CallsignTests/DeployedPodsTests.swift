// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension EndToEnd {
  /// The manifests of `deploy/kubernetes`, run: real pods that follow the API server of the cluster that they are in.
  @Suite(.enabled(if: Program.isRoot && Machine.runsPods, Machine.needs), .timeLimit(.minutes(3)))
  struct DeployedPodsTests {
    /// The base with what no registry and no account controller bring here: the program's file, and the account's
    /// token.
    private static let patches = """
      patches:
      - target: {kind: Deployment|DaemonSet}
        patch: |
          - {op: replace, path: /spec/template/spec/containers/0/image, value: host}
          - {op: add, path: /spec/template/spec/containers/0/command, value: [/callsign/callsign]}
          - op: add
            path: /spec/template/spec/volumes/-
            value: {name: program, hostPath: {path: PROGRAM}}
          - op: add
            path: /spec/template/spec/volumes/-
            value: {name: account, secret: {secretName: account}}
          - op: add
            path: /spec/template/spec/containers/0/volumeMounts/-
            value: {name: program, mountPath: /callsign, readOnly: true}
          - op: add
            path: /spec/template/spec/containers/0/volumeMounts/-
            value: {name: account, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}

      """

    /// Which of the manifests, the last of them with what makes the pods that are asked, and by which Service.
    struct Part: Sendable, CustomStringConvertible {
      var folders: [String]
      var workload: String
      var pods: String
      var service: String

      var description: String { folders.joined(separator: "+") }
    }

    static let parts = [
      Part(folders: ["base"], workload: "deployment/callsign-dns", pods: "callsign-dns", service: "callsign-dns"),
      Part(
        folders: ["base", "node-local"], workload: "daemonset/callsign-dns-node", pods: "callsign-dns-node",
        service: "nodes"),
    ]

    /// Stands for kube-dns, which in this cluster has the cluster's own server behind it.
    private static let nodes = """
      apiVersion: v1
      kind: Service
      metadata: {name: nodes, namespace: kube-system}
      spec:
        selector: {app.kubernetes.io/name: callsign-dns-node}
        ports:
        - {name: dns, port: 53, protocol: UDP, targetPort: dns}
        - {name: dns-tcp, port: 53, protocol: TCP, targetPort: dns-tcp}
      """

    private func deploy(_ part: Part, _ site: Site) async throws {
      let folder = "\(site.root)/program"
      try await Program.run(["mkdir", folder]).succeeded()
      try await Program.run(["cp", Program.callsign, "\(folder)/callsign"]).succeeded()
      try await Program.run(["setcap", "cap_net_bind_service=+ep", "\(folder)/callsign"]).succeeded()
      let config = ["config", "view", "--raw", "-o"]
      let token = try await Program.run(site.words(kubectl: config + ["jsonpath={.users[0].user.token}"])).succeeded()
      let path = "jsonpath={.clusters[0].cluster.certificate-authority-data}"
      let authority = try await Program.run(site.words(kubectl: config + [path])).succeeded()
      let certificate = try #require(Data(base64Encoded: authority.output))
      try certificate.write(to: URL(filePath: "\(site.root)/ca.crt"))
      try await site.kubectl(
        "-n", "kube-system", "create", "secret", "generic", "account", "--from-literal=token=\(token.output)",
        "--from-literal=namespace=kube-system", "--from-file=\(site.root)/ca.crt"
      ).succeeded()
      let patches = Self.patches.replacing("PROGRAM", with: folder)
      for folder in part.folders {
        let manifests = try await DeployTests.Variant(folder).render(site, adding: patches)
        // Nothing here takes longer than a second to be told that a pod ends.
        try await site.kubectl("apply", "-f", "-", input: manifests.replacing("lameduck: 10", with: "lameduck: 1"))
          .succeeded()
      }
      try await site.kubectl("apply", "-f", "-", input: Self.nodes).succeeded()
      try await rolledOut(part, site)
    }

    private func rolledOut(_ part: Part, _ site: Site) async throws {
      try await site.kubectl("-n", "kube-system", "rollout", "status", part.workload, "--timeout=60s").succeeded()
    }

    /// Asks in a pod until a file is there; says how often, and how often there was no answer.
    private static let client = """
      asked=0 failed=0
      while [ ! -e /tmp/enough ] && [ $asked -lt 5000 ]; do
        asked=$((asked + 1))
        answer=$(dig @$0 +short +tries=1 +time=5 kube-dns.kube-system.svc.cluster.local)
        [ "$answer" = 10.96.0.10 ] || failed=$((failed + 1))
      done
      echo $asked $failed
      """

    @Test("they serve their own cluster, and no question is lost while they are replaced", arguments: parts)
    func rollout(part: Part) async throws {
      try await Site.with { site in
        let client = try site.write(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: client}
          spec:
            terminationGracePeriodSeconds: 1
            containers: [{name: client, image: host, command: [sleep, infinity]}]
          """)
        try await site.up("--runtime", "oci", "-f", client) { _ in
          try await deploy(part, site)
          try await site.wait("--for=condition=Ready", "pod/client")
          let address = try await site.kubectl(
            "-n", "kube-system", "get", "service", part.service, "-o", "jsonpath={.spec.clusterIP}"
          ).succeeded().output
          func ask(_ words: String...) async throws -> String {
            try await Program.run(site.words(["exec", "client", "--", "dig", "@\(address)", "+short"] + words))
              .succeeded().output
          }
          #expect(try await ask("\(part.service).kube-system.svc.cluster.local") == "\(address)\n")
          #expect(try await ask("ns.dns.cluster.local") == "10.96.0.10\n")
          #expect(try await ask("+tcp", "nothing.default.svc.cluster.local") == "")
          // A Service of the cluster has its name as soon as it is there.
          try await site.kubectl("create", "service", "clusterip", "web", "--clusterip=10.96.0.99", "--tcp=80")
            .succeeded()
          try await eventually { try await ask("web.default.svc.cluster.local") == "10.96.0.99\n" }

          async let asking = Program.run(site.words(["exec", "client", "--", "sh", "-c", Self.client, address]))
          let before = try await podNames(part, site)
          try await site.kubectl("-n", "kube-system", "rollout", "restart", part.workload).succeeded()
          try await rolledOut(part, site)
          try await eventually { try await podNames(part, site).isDisjoint(with: before) }
          _ = try await site.exec("client", "touch", "/tmp/enough")
          let counts = try await asking.succeeded().output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
          #expect(counts.count == 2 && counts[0] > 10 && counts[1] == 0, "asked, and not answered: \(counts)")
        }
      }
    }

    private func podNames(_ part: Part, _ site: Site) async throws -> Set<Substring> {
      let names = try await site.kubectl(
        "-n", "kube-system", "get", "pods", "-l", "app.kubernetes.io/name=\(part.pods)", "-o",
        "jsonpath={.items[*].metadata.name}"
      ).succeeded().output
      return Set(names.split(separator: " "))
    }
  }
}
