// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeModel
import OrderedCollections
import Testing

@testable import Manifests

@Suite struct ManifestReaderTests {
  private static let service = """
    apiVersion: v1
    kind: Service
    metadata:
      name: web
    spec:
      ports:
      - port: 80
    """

  @Test func documentsAreReadInOrder() throws {
    let text = "# a comment\n---\n\(Self.service)\n---\n# nothing here\n---\napiVersion: v1\nkind: ConfigMap\n"
      + "metadata: {name: c}\ndata: {a: \"1\"}\n...\n"
    let set = ManifestReader.read(text: text, file: "all.yaml")
    #expect(set.problems.isEmpty)
    #expect(set.documents.map(\.name) == ["web", "c"])
    #expect(set.documents.map(\.index) == [1, 2])
    #expect(set.documents.map(\.resource) == [.services, .configMaps])
    #expect(set.documents.first?.line == 3)
    #expect(set.documents.first?.root["spec"] == ["ports": [["port": 80]]], "no defaults are filled in")
  }

  @Test func listsAreUnfolded() {
    let text = """
      {"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}, "data": {"text": "\\ud83d\\ude00"}}]}
      """
    let set = ManifestReader.read(text: text, file: "list.json")
    #expect(set.problems.isEmpty)
    #expect(set.documents.map(\.name) == ["a", "b"])
    #expect(set.documents.last?.root["data"] == ["text": "😀"])
  }

  /// The two mistakes of the notes, as people write them.
  @Test func capitalLettersInAFieldName() {
    let text = """
      apiVersion: v1
      kind: Service
      metadata:
          name: headless-svc
      spec:
          ClusterIP: None ## headless
          ports:
              - port: 80
                targetPort: 80
          selector:
              matchLabels:
                  app: my-app
      """
    let set = ManifestReader.read(text: text, file: "headless.yaml")
    #expect(set.documents.isEmpty)
    #expect(
      set.problems.map(\.description) == [
        "headless.yaml:6: document 1 (Service \"headless-svc\"): spec.ClusterIP: unknown field: "
          + "field names are case-sensitive: write \"clusterIP\"",
        "headless.yaml:11: document 1 (Service \"headless-svc\"): spec.selector.matchLabels: a Service selects by "
          + "plain labels: write selector: {app: my-app}; matchLabels belongs to the selectors of Deployments and "
          + "StatefulSets",
      ])
  }

  @Test(arguments: [
    ("kind: Service\nmetadata: {name: a}\n", "apiVersion", "is missing"),
    ("apiVersion: v1\nmetadata: {name: a}\n", "kind", "is missing"),
    ("apiVersion: v1\nkind: Servise\nmetadata: {name: a}\n", "kind", "did you mean \"Service\"?"),
    ("apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n", "apiVersion", "Deployment is of \"apps/v1\""),
    ("apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\n", "kind", "is not served here"),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a}\n", "metadata.name", "is missing"),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}\n", "metadata.name", "RFC 1123"),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 5}\n", "data[k]", "expected string, found"),
    ("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 0}]}\n", "spec.ports[0].port", "65535"),
  ])
  func oneProblemEach(text: String, path: String, words: String) {
    let problems = ManifestReader.read(text: text, file: "x.yaml").problems
    #expect(problems.count == 1, "\(problems)")
    #expect(problems.first?.path.description == path)
    #expect(problems.first?.message.contains(words) == true, "\(problems)")
  }

  @Test func everyProblemOfAFileIsTold() {
    let text = "a: [\n---\n\(Self.service)\n---\napiVersion: v1\nkind: Pot\n---\njust text\n"
    let set = ManifestReader.read(text: text, file: "x.yaml")
    #expect(set.documents.isEmpty, "the good document of a bad file stays out")
    #expect(set.problems.map(\.document) == [1, 3, 4])
  }

  @Test func foldersAreReadInOrderOfNames() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "manifests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder + "/below", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = [("b.yml", "b"), ("a.yaml", "a"), ("c.json", "c"), ("notes.txt", "x"), ("below/d.yaml", "d")]
    for (name, object) in files {
      let text = "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"\(object)\"}}\n"
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }
    let set = ManifestReader.read([folder, "\(folder)/missing.yaml"])
    #expect(set.documents.map(\.name) == ["a", "b", "c"])
    #expect(set.problems.map(\.message) == ["no such file or folder"])
  }
}
