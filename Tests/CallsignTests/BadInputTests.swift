// SPDX-License-Identifier: Apache-2.0
import Foundation
import Subprocess
import Testing

extension EndToEnd {
  /// Mistakes: one clear line each, exit code 1, nothing changed.
  @Suite(.timeLimit(.minutes(2))) struct BadInputTests {
    @Test func mistakesInManifestsAreNamedAndNothingIsApplied() async throws {
      try await Site.with { site in
        let mistakes = "\(Program.project)/Examples/mistakes"
        try await site.up("--runtime", "none") { _ in }
        try await site.callsign("up", "-f", CommandTests.headless, "-f", mistakes).failed(saying: """
          2 mistakes in the manifests, nothing was applied:
          \(mistakes)/cluster-ip.yaml:8: document 1 (Service "headless-svc"): spec.ClusterIP: unknown field: \
          field names are case-sensitive: write "clusterIP"
          \(mistakes)/match-labels.yaml:10: document 1 (Service "headless-svc"): spec.selector.matchLabels: \
          a Service selects by plain labels: write selector: {app: my-app}; matchLabels belongs to the selectors of \
          Deployments and StatefulSets
          """)
        try await site.up("--runtime", "none") { _ in
          let objects = try await site.kubectl("get", "services,pods", "-o", "name").succeeded().lines
          #expect(objects == ["service/kubernetes"])
        }
      }
    }

    @Test("Manifests that cannot be read, and the place and words of each", arguments: [
      (
        "kind: Serivce\napiVersion: v1\nmetadata: {name: a}\n",
        #":1: document 1 (Serivce "a"): kind: unknown kind "Serivce": did you mean "Service"?"#
      ),
      (
        "kind: Pod\napiVersion: v1\nmetadata: {name: a\n",
        ":3: document 1: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'"
      ),
      ("kind: Pod\napiVersion: v1\nmetadata:\n\tname: a\n", ":4: document 1: a tab indents this line"),
      ("kind: ConfigMap\napiVersion: v1\nmetadata: {name: Aha}\n", #":3: document 1 (ConfigMap "Aha"): metadata.name"#),
    ])
    func unreadable(manifest: String, problem: String) async throws {
      try await Site.with { site in
        let path = try site.write(manifest)
        let ended = try await site.callsign("up", "-f", path)
        #expect(ended.status == 1)
        #expect(ended.errors.hasPrefix("Error: 1 mistake in the manifests, nothing was applied:\n\(path)\(problem)"))
        #expect(ended.errors.split(separator: "\n").count == 2)
        #expect(ended.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: site.folder))
      }
    }

    @Test func aManifestThatIsNotThere() async throws {
      try await Site.with { site in
        try await site.callsign("up", "-f", "\(site.root)/none.yaml").failed(
          saying: "1 mistake in the manifests, nothing was applied:\n\(site.root)/none.yaml: no such file or folder")
      }
    }

    @Test func aPortInUseIsNamedWithItsOption() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { up in
          try await Site.with { other in
            try await other.callsign("up", "--api-port", up.apiPort, "--dns-port", "0", "--runtime", "none").failed(
              saying: "cannot serve the API on 127.0.0.1:\(up.apiPort): another program uses this port; "
                + "end it, or choose another with --api-port")
            let dns = try await other.callsign("up", "--dns-port", up.dnsPort, "--api-port", "0", "--runtime", "none")
            #expect(dns.status == 1)
            #expect(dns.errors.contains("127.0.0.1:\(up.dnsPort)"))
            #expect(dns.errors.contains("--dns-port"))
            #expect(dns.errors.split(separator: "\n").count == 1)
          }
          #expect(try await up.dig("+short", "kubernetes.default.svc.cluster.local") == ["10.96.0.1"])
        }
      }
    }

    @Test func oneUpAtATimeHasADataFolder() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { up in
          let process = try #require(site.processes("up --data-dir")[0].split(separator: " ").first)
          try await site.callsign("up", "--api-port", "0", "--dns-port", "0", "--runtime", "none").failed(
            saying: "a cluster runs from \(site.folder) already (process \(process)). "
              + "End it with `callsign down`, or choose another folder with --data-dir")
          #expect(try await up.dig("+short", "kubernetes.default.svc.cluster.local") == ["10.96.0.1"])
        }
      }
    }

    @Test func aDataFolderOfANewerVersionIsLeftAsItIs() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { _ in
          try await site.kubectl("create", "configmap", "kept", "--from-literal=a=1").succeeded()
        }
        // The format is SQLite's user version: big-endian at octet 60 of the file (sqlite.org/fileformat2.html §1.3).
        let path = URL(filePath: "\(site.folder)/store.db")
        let old = try Data(contentsOf: path)
        var new = old
        new[63] = 99
        try new.write(to: path)
        try await site.callsign("up", "--runtime", "none", "--api-port", "0", "--dns-port", "0").failed(
          saying: "\(path.path) has format 99, and this callsign reads up to \(old[63]): it was written by a newer "
            + "version. Use that version, or another data folder; nothing was changed")
        #expect(try Data(contentsOf: path) == new)
        try old.write(to: path)
        try await site.up("--runtime", "none") { _ in
          try await site.kubectl("get", "configmap", "kept").succeeded()
        }
      }
    }

    @Test func aFileInPlaceOfTheDataFolder() async throws {
      try await Site.with { site in
        try Data().write(to: URL(filePath: site.folder))
        let ended = try await site.callsign("up", "--runtime", "none")
        #expect(ended.status == 1)
        #expect(ended.errors.hasPrefix("Error: cannot use the data folder: "))
        #expect(ended.errors.hasSuffix(". Choose another with --data-dir\n"))
        try FileManager.default.removeItem(atPath: site.folder)
      }
    }

    @Test func namesThatNothingHas() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none", "-f", CommandTests.headless) { _ in
          for name in ["", "..", "a/b", "a?b", "%2e"] {
            try await site.callsign("logs", name).failed(
              saying: "\"\(name)\" is not a name that pods or namespaces have")
          }
          try await site.callsign("logs", "-n", "a/b", "web").failed(
            saying: "\"a/b\" is not a name that pods or namespaces have")
          try await site.callsign("resolve", "").failed(saying: "a name is needed; the root of all names is \".\"")
          try await site.callsign("resolve", "a..b").failed(
            saying: "\"a..b\" is not a domain name: each part between dots has 1 to 63 octets")
          let label = String(repeating: "a", count: 63)
          let long = Array(repeating: label, count: 4).joined(separator: ".")
          try await site.callsign("resolve", long).failed(
            saying: "\"\(long)\" is not a domain name: it is longer than 255 octets")
        }
      }
    }

    @Test func aManifestThatIsNoOrdinaryFile() async throws {
      try await Site.with { site in
        try await site.callsign("up", "-f", "/dev/null").failed(saying: """
          1 mistake in the manifests, nothing was applied:
          /dev/null: the file cannot be read: it is no ordinary file, or not readable for this user
          """)
      }
    }

    @Test func withoutACluster() async throws {
      try await Site.with { site in
        for command in [["status"], ["resolve", "a"], ["exec", "a", "--", "true"], ["logs", "a"]] {
          try await Program.run(site.words(command)).failed(
            saying: "no cluster runs from \(site.folder). Start one with `callsign up --data-dir \(site.folder)`")
        }
        #expect(try await site.callsign("down").succeeded().output == "nothing runs from \(site.folder)\n")
      }
    }

    @Test func aClusterThatIsStoppedIsNotWaitedForForEver() async throws {
      try await Site.with { site in
        try await site.up("--runtime", "none") { up in
          try up.send(.suspend)
          defer { try? up.send(.resume) }
          let ended = try await Program.run(["timeout", "60"] + site.words(["status"]))
          #expect(ended.status == 1, "\(ended)")
          #expect(ended.errors.contains("has not answered within 30 s"))
          #expect(ended.errors.contains("Have it go on (fg, or kill -CONT), or end it with `callsign down`"))
        }
      }
    }

    @Test("Wrong use ends with 64", arguments: [
      ["up", "--runtime", "docker"], ["up", "--dns-port", "99999"], ["exec", "a"], ["resolve"], ["sing"],
    ])
    func wrongUse(words: [String]) async throws {
      let ended = try await Program.run([Program.callsign] + words)
      #expect(ended.status == 64)
      #expect(ended.errors.hasPrefix("Error: "))
      #expect(ended.errors.contains("Usage: callsign"))
    }
  }
}
