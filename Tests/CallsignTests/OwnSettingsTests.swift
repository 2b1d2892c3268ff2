// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import Manifests
import Testing

extension EndToEnd {
  /// The folder of `docs/coredns.md` with which manifests can be applied again.
  @Suite(.timeLimit(.minutes(1))) struct OwnSettingsTests {
    @Test("settings of one's own take the place of those that come with the manifests", arguments: [
      ("base", "callsign-dns", "dns.yaml"), ("cluster-dns", "callsign-dns", "dns.yaml"),
      ("node-local", "callsign-dns-node", "dns.yaml=dns-node.yaml"),
    ])
    func ownSettings(folder: String, name: String, file: String) async throws {
      try await Site.with { site in
        let project = Program.project.dropFirst()
        let up = String(repeating: "../", count: site.root.split(separator: "/").count)
        let lines = try Document.script("# kustomization.yaml, beside dns.yaml").split(separator: "\n")
        let text = lines.map { $0.dropFirst(4) }.joined(separator: "\n")
          .replacing("callsign/deploy/kubernetes/base", with: "\(up)\(project)/deploy/kubernetes/\(folder)")
          .replacing("name: callsign-dns", with: "name: \(name)").replacing("[dns.yaml]", with: "[\(file)]")
        _ = try site.write(text + "\n", to: "kustomization.yaml")
        for settings in ["dns.yaml", "dns-node.yaml"] { _ = try site.write("zone: k8s.example\n", to: settings) }
        let whole = try await Program.run(["kubectl", "kustomize", site.root]).succeeded().output
        let objects = try whole.split(separator: "---\n").compactMap { try YAMLDocument.read(Array($0.utf8)) }
        let maps = objects.filter { $0["kind"] == "ConfigMap" }
        #expect(maps.count == 1 && objects.count > 4)
        let metadata = try #require(maps.first?["metadata"])
        #expect(metadata["name"]?.string == name && metadata["namespace"]?.string == "kube-system")
        #expect(metadata["labels"]?["app.kubernetes.io/name"]?.string == name)
        #expect(maps.first?["data"] == ["dns.yaml": "zone: k8s.example\n"])
        let pods = try #require(objects.first { $0["spec"]?["template"] != nil })
        let volumes = pods["spec"]?["template"]?["spec"]?["volumes"]?.array
        #expect(volumes?.compactMap { $0["configMap"]?["name"]?.string } == [name])
      }
    }
  }
}
