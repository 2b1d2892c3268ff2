// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@Suite("Selectors")
struct SelectorTests {
  @Test(
    "of labels, as text, match as Kubernetes says",
    arguments: [
      ("app=web", true), ("app==web", true), ("app!=web", false), ("tier!=x", true), ("app in (web, db)", true),
      ("app in (db)", false), ("app notin (db)", true), ("tier notin (x)", true), ("app", true), ("tier", false),
      ("!tier", true), ("!app", false), ("app=web,!tier", true), ("app=web,tier", false), ("", true), ("a.b/c=d", true),
    ])
  func labels(text: String, matches: Bool) throws {
    let selector = try LabelSelector(text: text)
    #expect(selector.matches(["app": "web", "a.b/c": "d"]) == matches)
  }

  @Test(
    "of labels that cannot be read are refused",
    arguments: ["=", "a b", "app in web", "app in (web", "-a=b", "!", "a/b/c"])
  func badLabels(text: String) {
    #expect(throws: SelectorSyntaxError.self) { try LabelSelector(text: text) }
  }

  @Test("of workloads match by labels and expressions")
  func expressions() throws {
    let json = try JSONParser.parse(
      #"""
      {"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"In","values":["x"]},{"key":"c",
      "operator":"DoesNotExist"}]}
      """#
    )
    let selector = try #require(LabelSelector(json: json))
    #expect(selector.matches(["a": "1", "b": "x"]))
    #expect(!selector.matches(["a": "1", "b": "x", "c": ""]))
    #expect(!selector.matches(["a": "1"]))
  }

  @Test("of fields know what can be selected by")
  func fields() throws {
    let pod = KubeObject(
      try object(#"{"metadata":{"name":"a","namespace":"n"},"spec":{"nodeName":"x"},"status":{"phase":"Running"}}"#),
      of: .pods)
    #expect(try FieldSelector(text: "metadata.name=a,status.phase!=Failed", for: .pods).matches(pod))
    #expect(try !FieldSelector(text: "spec.nodeName=y", for: .pods).matches(pod))
    #expect(throws: SelectorSyntaxError.self) { try FieldSelector(text: "spec.hostname=a", for: .pods) }
    #expect(throws: SelectorSyntaxError.self) { try FieldSelector(text: "metadata.name", for: .pods) }
  }
}
