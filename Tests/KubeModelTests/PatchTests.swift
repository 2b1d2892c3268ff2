// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("JSON merge patch (RFC 7386)")
struct MergePatchTests {
  @Test(
    "the examples of appendix A",
    arguments: [
      (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
      (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
      (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
      (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
      (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
      (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"), (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
      (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
      ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
  func appendix(target: String, patch: String, result: String) throws {
    #expect(
      MergePatch.apply(try JSONParser.parse(patch), to: try JSONParser.parse(target)) == (try JSONParser.parse(result)))
  }
}

@Suite("JSON patch (RFC 6902)")
struct JSONPatchTests {
  @Test(
    "carries out operations",
    arguments: [
      // Appendix A.1 to A.16.
      (#"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"foo":"bar","baz":"qux"}"#),
      (#"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#, #"{"foo":["bar","qux","baz"]}"#),
      (#"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
      (#"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
      (#"{"baz":"qux"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#, #"{"baz":"boo"}"#),
      (
        #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
        #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
        #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
      ),
      (
        #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
        #"{"foo":["all","cows","eat","grass"]}"#
      ),
      (
        #"{"baz":"qux","foo":["a",2,"c"]}"#,
        #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
        #"{"baz":"qux","foo":["a",2,"c"]}"#
      ),
      (
        #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
        #"{"foo":"bar","child":{"grandchild":{}}}"#
      ),
      (#"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
      (
        #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#, #"{"foo":["bar",["abc","def"]]}"#
      ),
      (#"{"a":1}"#, #"[{"op":"copy","from":"/a","path":"/b"}]"#, #"{"a":1,"b":1}"#),
      (#"{"a":1}"#, #"[{"op":"add","path":"","value":{"b":2}}]"#, #"{"b":2}"#),
      (
        #"{"a":{"x":1,"y":2}}"#,
        #"[{"op":"test","path":"/a","value":{"y":2.0,"x":1}},{"op":"test","path":"/b","value":null}]"#,
        #"{"a":{"x":1,"y":2}}"#
      ),
    ])
  func operations(target: String, patch: String, result: String) throws {
    let patch = try JSONPatch(try JSONParser.parse(patch))
    #expect(try patch.apply(to: try JSONParser.parse(target)).jsonText == result)
  }

  @Test(
    "refuses what does not fit, and says where",
    arguments: [
      (#"{"a":1}"#, #"[{"op":"test","path":"/a","value":2}]"#, .testFailed, "/a"),
      (#"{"a":1}"#, #"[{"op":"remove","path":"/b"}]"#, .notApplicable, "/b"),
      (#"{"a":1}"#, #"[{"op":"replace","path":"/b","value":1}]"#, .notApplicable, "/b"),
      (#"{"a":1}"#, #"[{"op":"add","path":"/b/c","value":1}]"#, .notApplicable, "/b/c"),
      (#"{"a":[1]}"#, #"[{"op":"add","path":"/a/2","value":1}]"#, .notApplicable, "/a/2"),
      (#"{"a":[1]}"#, #"[{"op":"replace","path":"/a/01","value":1}]"#, .notApplicable, "/a/01"),
      (#"{"a":[1]}"#, #"[{"op":"remove","path":"/a/-"}]"#, .notApplicable, "/a/-"),
      (#"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/b"}]"#, .notApplicable, "/a/b"),
      (#"{"a":1}"#, #"[{"op":"copy","from":"/x","path":"/b"}]"#, .notApplicable, "/x"),
      (#"{"a":1}"#, #"[{"op":"spam","path":"/b"}]"#, .malformed, "[0]"),
      (#"{"a":1}"#, #"[{"op":"add","path":"b","value":1}]"#, .malformed, "[0]"),
      (#"{"a":1}"#, #"[{"op":"add","path":"/~2","value":1}]"#, .malformed, "[0]"),
      (#"{"a":1}"#, #"[{"op":"add","path":"/b"}]"#, .malformed, "[0]"), (#"{"a":1}"#, #"{"a":2}"#, .malformed, ""),
    ] as [(String, String, PatchError.Reason, String)])
  func refuses(target: String, patch: String, reason: PatchError.Reason, place: String) throws {
    let target = try JSONParser.parse(target)
    let patch = try JSONParser.parse(patch)
    #expect {
      try JSONPatch(patch).apply(to: target)
    } throws: { error in
      (error as? PatchError)?.reason == reason && (error as? PatchError)?.place == place
    }
  }

  @Test("does not let a short patch make a large or deep object")
  func bounds() throws {
    let doubling: [JSONValue] = (0..<64).map { ["op": "copy", "from": "/a", "path": .string("/a/x\($0)")] }
    #expect(throws: PatchError.self) { try JSONPatch(.array(doubling)).apply(to: ["a": [:]]) }
    let path = String(repeating: "/a", count: JSONParser.maximumDepth + 1)
    let deep: [JSONValue] = stride(from: 2, through: path.count, by: 2).map {
      ["op": "add", "path": .string(String(path.prefix($0))), "value": [:]]
    }
    #expect(throws: PatchError.self) { try JSONPatch(.array(deep)).apply(to: [:]) }
    let many = [JSONValue](repeating: ["op": "test", "path": "", "value": [:]], count: JSONPatch.maximumOperations + 1)
    #expect(throws: PatchError.self) { try JSONPatch(.array(many)) }
  }

  @Test("pointers are written as they are read", arguments: ["", "/", "/a/0", "/a~1b/~0", "//"])
  func pointers(text: String) {
    #expect(JSONPointer(text)?.description == text)
  }
}
