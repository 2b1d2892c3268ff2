// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("Strategic merge patch")
struct StrategicMergePatchTests {
  private func patched(_ target: String, _ patch: String, as type: ObjectType) throws -> String {
    let result = try StrategicMergePatch.apply(try object(patch), to: try object(target), as: type)
    return JSONValue.object(result).jsonText
  }

  @Test(
    "merges by the schema",
    arguments: [
      // Objects, maps and nulls.
      (
        #"{"metadata":{"labels":{"a":"1","b":"2"}}}"#, #"{"metadata":{"labels":{"a":null,"c":"3"}}}"#,
        #"{"metadata":{"labels":{"b":"2","c":"3"}}}"#
      ),
      // A list with a merge key.
      (
        #"{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"1"}]}}"#,
        #"{"spec":{"containers":[{"name":"b","image":"2"},{"name":"c","image":"3"}]}}"#,
        #"{"spec":{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"},{"name":"c","image":"3"}]}}"#
      ),
      // A keyed list inside a keyed list, and a deletion there.
      (
        #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","value":"1"},{"name":"Y","value":"2"}]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","env":[{"name":"X","$patch":"delete"},{"name":"Y","value":"3"}]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","env":[{"name":"Y","value":"3"}]}]}}"#
      ),
      // An element that is replaced, and one that is not there to be deleted.
      (
        #"{"spec":{"containers":[{"name":"a","image":"1","tty":true}]}}"#,
        #"{"spec":{"containers":[{"name":"a","image":"2","$patch":"replace"},{"name":"z","$patch":"delete"}]}}"#,
        #"{"spec":{"containers":[{"name":"a","image":"2"}]}}"#
      ),
      // A list that is replaced by a directive.
      (
        #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
        #"{"spec":{"containers":[{"$patch":"replace"},{"name":"c"}]}}"#,
        #"{"spec":{"containers":[{"name":"c"}]}}"#
      ),
      // An atomic list.
      (
        #"{"spec":{"containers":[{"name":"a","args":["x","y"]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","args":["z"]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","args":["z"]}]}}"#
      ),
      // Sets.
      (
        #"{"metadata":{"finalizers":["a","b"]}}"#, #"{"metadata":{"finalizers":["b","c"]}}"#,
        #"{"metadata":{"finalizers":["a","b","c"]}}"#
      ),
      (
        #"{"metadata":{"finalizers":["a","b"]}}"#,
        #"""
        {"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["c"],
        "$setElementOrder/finalizers":["c","b"]}}
        """#,
        #"{"metadata":{"finalizers":["c","b"]}}"#
      ),
      // Order: named elements as told, others behind the one that they stood behind.
      (
        #"{"spec":{"containers":[{"name":"a"},{"name":"x"},{"name":"b"}]}}"#,
        #"""
        {"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"},{"name":"c"}],
        "containers":[{"name":"c"}]}}
        """#,
        #"{"spec":{"containers":[{"name":"b"},{"name":"a"},{"name":"x"},{"name":"c"}]}}"#
      ),
      (
        #"{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#,
        #"{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}}"#,
        #"{"spec":{"containers":[{"name":"b"},{"name":"a"}]}}"#
      ),
      // A union whose other members go.
      (
        #"{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}"#,
        #"{"spec":{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}}"#,
        #"{"spec":{"volumes":[{"name":"v","configMap":{"name":"c"}}]}}"#
      ),
      // Whole objects.
      (
        #"{"spec":{"securityContext":{"runAsUser":1},"hostname":"h"}}"#,
        #"{"spec":{"securityContext":{"$patch":"replace","fsGroup":2}}}"#,
        #"{"spec":{"securityContext":{"fsGroup":2},"hostname":"h"}}"#
      ),
      (
        #"{"spec":{"securityContext":{"runAsUser":1},"hostname":"h"}}"#,
        #"{"spec":{"securityContext":{"$patch":"delete"}}}"#,
        #"{"spec":{"hostname":"h"}}"#
      ),
      // What is new is stored without directives and nulls.
      (
        #"{"spec":{}}"#,
        #"{"spec":{"volumes":[{"$retainKeys":["name","emptyDir"],"name":"v","emptyDir":{"medium":null}}]}}"#,
        #"{"spec":{"volumes":[{"name":"v","emptyDir":{}}]}}"#
      ),
      // Ports merge by their number.
      (
        #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80}]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"name":"web"},{"containerPort":81}]}]}}"#,
        #"{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"name":"web"},{"containerPort":81}]}]}}"#
      ),
    ])
  func merges(target: String, patch: String, result: String) throws {
    #expect(try patched(target, patch, as: .pod) == JSONParser.parse(result).jsonText)
  }

  @Test("takes what kubectl apply sends")
  func kubectlApply() throws {
    let target =
      #"""
      {"spec":{"replicas":2,"template":{"spec":{"containers":[{"name":"a","env":[{"name":"A","value":"1"},
      {"name":"B","value":"2"}]},{"name":"b"}]}}}}
      """#
    let patch =
      #"""
      {"spec":{"replicas":3,"template":{"spec":{"$setElementOrder/containers":[{"name":"a"}],
      "containers":[{"$setElementOrder/env":[{"name":"A"},{"name":"B"}],"env":[{"name":"B","value":"3"}],
      "name":"a"},{"$patch":"delete","name":"b"}]}}}}
      """#
    let result =
      #"""
      {"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"a","env":[{"name":"A","value":"1"},
      {"name":"B","value":"3"}]}]}}}}
      """#
    #expect(try patched(target, patch, as: .deployment) == JSONParser.parse(result).jsonText)
  }

  @Test(
    "refuses what cannot be understood, and says where",
    arguments: [
      (#"{"spec":{"containers":[{"image":"x"}]}}"#, "spec.containers[0]"),
      (#"{"spec":{"containers":["x"]}}"#, "spec.containers[0]"),
      (#"{"spec":{"$patch":"drop"}}"#, "spec"),
      (#"{"spec":{"$retainKeys":"x"}}"#, "spec"),
      (#"{"spec":{"$retainKeys":["a"],"hostname":"h"}}"#, "spec.hostname"),
      (#"{"metadata":{"$deleteFromPrimitiveList/finalizers":"a"}}"#, "metadata.finalizers"),
      (#"{"spec":{"$setElementOrder/containers":{},"containers":[{"name":"a"}]}}"#, "spec.containers"),
    ])
  func refuses(patch: String, place: String) throws {
    let patch = try object(patch)
    #expect {
      try StrategicMergePatch.apply(patch, to: ["spec": [:], "metadata": [:]], as: .pod)
    } throws: { ($0 as? PatchError)?.place == place }
  }
}
