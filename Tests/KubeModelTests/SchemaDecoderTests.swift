// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("Reading objects by their tables")
struct SchemaDecoderTests {
  private func unknown(_ text: String, as type: ObjectType) throws -> [String] {
    var decoder = SchemaDecoder()
    _ = decoder.decode(try object(text), as: type)
    #expect(decoder.mismatches.isEmpty)
    return decoder.unknown.map { "\($0.path): \($0.suggestion)" }
  }

  private func mismatches(_ text: String, as type: ObjectType) throws -> [String] {
    var decoder = SchemaDecoder()
    _ = decoder.decode(try object(text), as: type)
    return decoder.mismatches.map(\.description)
  }

  @Test(
    "a member that is unknown gets the exact correction",
    arguments: [
      (
        #"{"spec":{"ClusterIP":"None"}}"#, .service,
        #"spec.ClusterIP: field names are case-sensitive: write "clusterIP""#
      ),
      (#"{"spec":{"selecter":{"a":"b"}}}"#, .service, #"spec.selecter: did you mean "selector"?"#),
      (#"{"clusterIP":"None"}"#, .service, #"clusterIP: it belongs under "spec""#),
      (
        #"{"spec":{"ports":[{"port":80,"containerPort":8080}]}}"#, .service,
        "spec.ports[0].containerPort: a Service names the pods' port targetPort: write targetPort: 8080"
      ),
      (
        #"{"spec":{"replicas":3}}"#, .service,
        "spec.replicas: a Service has no replicas: they belong to a Deployment or StatefulSet"
      ),
      (
        #"{"spec":{"selector":{"app":"web"}}}"#, .deployment,
        "spec.selector.app: labels stand under matchLabels here: write matchLabels: {app: web}"
      ),
      (
        #"{"spec":{"selector":{"matchlabels":{"app":"web"}}}}"#, .deployment,
        #"spec.selector.matchlabels: field names are case-sensitive: write "matchLabels""#
      ),
      (
        #"{"spec":{"containers":[]}}"#, .statefulSet,
        "spec.containers: containers belongs to the pod template: write it under template.spec"
      ),
      (
        #"{"spec":{"serviceName":"db"}}"#, .deployment,
        "spec.serviceName: only a StatefulSet has serviceName; to name the pods of a Deployment, "
          + "give the template a subdomain"
      ),
      (
        #"{"spec":{"serviceName":"db"}}"#, .pod,
        "spec.serviceName: serviceName belongs to the spec of a StatefulSet; a pod gets a name below a headless "
          + "Service "
          + "by its subdomain: write subdomain: db"
      ),
      (
        #"{"spec":{"containers":[{"volumes":[]}]}}"#, .pod,
        "spec.containers[0].volumes: volumes belong to the pod's spec, beside containers; a container has volumeMounts"
      ),
      (
        #"{"spec":{"containers":[{"ports":[{"port":80}]}]}}"#, .pod,
        "spec.containers[0].ports[0].port: a container names its port containerPort: write containerPort: 80"
      ),
      (
        #"{"spec":{"volumes":[{"secret":{"name":"s"}}]}}"#, .pod,
        "spec.volumes[0].secret.name: here the Secret is named by secretName: write secretName: s"
      ),
      (#"{"data":{},"zzzzzz":1}"#, .configMap, "zzzzzz: "),
    ] as [(String, ObjectType, String)])
  func corrections(text: String, type: ObjectType, message: String) throws {
    #expect(try unknown(text, as: type) == [message])
  }

  @Test(
    "a value of the wrong type is named with what to write",
    arguments: [
      (
        #"{"spec":{"selector":{"matchLabels":{"app":"my-app"}}}}"#, .service,
        "spec.selector.matchLabels: a Service selects by plain labels: write selector: {app: my-app}; "
          + "matchLabels belongs to the selectors of Deployments and StatefulSets"
      ),
      (
        #"{"spec":{"ports":[{"port":"80"}]}}"#, .service,
        #"spec.ports[0].port: expected integer, found string "80": write it without quotes: 80"#
      ),
      (
        #"{"spec":{"ports":{"port":80}}}"#, .service,
        #"spec.ports: expected array, found object {"port":80}: write a list, each element behind a dash"#
      ),
      (
        #"{"spec":{"containers":[{"env":[{"name":"P","value":3306}]}]}}"#, .pod,
        #"spec.containers[0].env[0].value: expected string, found integer 3306: quote it: "3306""#
      ),
      (
        #"{"spec":{"containers":[{"env":[{"name":"P","value":true}]}]}}"#, .pod,
        #"spec.containers[0].env[0].value: expected string, found boolean true: quote it: "true""#
      ),
      (#"{"data":{"a":1.5}}"#, .configMap, #"data[a]: expected string, found number 1.5: quote it: "1.5""#),
      (
        #"{"metadata":{"labels":{"v":1}}}"#, .pod,
        #"metadata.labels[v]: expected string, found integer 1: quote it: "1""#
      ),
      (
        #"{"spec":{"hostNetwork":"yes"}}"#, .pod, #"spec.hostNetwork: expected boolean, found string "yes": write true"#
      ),
      (
        #"{"spec":{"containers":[{"command":"sleep"}]}}"#, .pod,
        #"spec.containers[0].command: expected array, found string "sleep": write a list: ["sleep"]"#
      ),
      (#"{"spec":{"containers":[null]}}"#, .pod, "spec.containers[0]: null is not allowed in a list"),
      (#"{"spec":{"replicas":3000000000}}"#, .deployment, "spec.replicas: 3000000000 does not fit a 32-bit integer"),
      (#"{"spec":{"replicas":1.5}}"#, .deployment, "spec.replicas: expected integer, found number 1.5"),
      (#"{"binaryData":{"a":"?"}}"#, .configMap, "binaryData[a]: not base64"),
      (
        #"{"metadata":{"creationTimestamp":"now"}}"#, .pod,
        #"metadata.creationTimestamp: "now" is not an RFC 3339 time such as 2026-01-31T12:00:00Z"#
      ),
      (
        #"{"spec":{"containers":[{"resources":{"limits":{"cpu":"lots"}}}]}}"#, .pod,
        #"spec.containers[0].resources.limits[cpu]: "lots" is not a quantity: write a number with "#
          + "an optional suffix such as m, k, M, G, Ki, Mi or Gi"
      ),
    ] as [(String, ObjectType, String)])
  func wrongTypes(text: String, type: ObjectType, message: String) throws {
    #expect(try mismatches(text, as: type) == [message])
  }

  @Test("the longest unknown name and the longest list of them are bounded")
  func boundsReports() throws {
    let members = (0..<5000).map { #""x\#($0)":1"# }.joined(separator: ",")
    #expect(try unknown("{\(members)}", as: .pod).count == SchemaDecoder.maximumReports)
    let name = String(repeating: "x", count: 1_000_000)
    #expect(try unknown(#"{"\#(name)":1}"#, as: .pod).count == 1)
    let labels = (0..<5000).map { #""x\#($0)":1"# }.joined(separator: ",")
    #expect(try mismatches(#"{"metadata":{"labels":{\#(labels)}}}"#, as: .pod).count == SchemaDecoder.maximumReports)
  }

  @Test("what the API does not tell from absence is dropped, and all else kept")
  func dropsZeroValues() throws {
    let pod = try stored(
      #"""
      {"spec":{"hostNetwork":false,"hostname":"","priority":0,"enableServiceLinks":false,"nodeSelector":{},
      "tolerations":[],"containers":[{"name":"a","image":"b","stdin":false}]},"metadata":{"labels":{},
      "generation":null}}
      """#,
      as: .pod)
    let spec = try #require(pod["spec"]?.object)
    for member in ["hostNetwork", "hostname", "nodeSelector", "tolerations"] { #expect(spec[member] == nil) }
    #expect(spec["priority"] == 0)
    #expect(spec["enableServiceLinks"] == false)
    #expect(pod["metadata"] == [:])
  }

  @Test("values come into their one form, in declared order")
  func normalizes() throws {
    let pod = try stored(
      #"{"spec":{"containers":[{"image":"b","resources":{"limits":{"cpu":1,"memory":0.5}},"name":"a"}]},"kind":"Pod"}"#,
      as: .pod)
    #expect(pod["spec"]?["containers"]?.array?[0]["resources"]?["limits"] == ["cpu": "1", "memory": "0.5"])
    #expect(Array(pod.keys) == ["kind", "metadata", "spec", "status"])
    #expect(pod["spec"]?["containers"]?.array?[0].object.map { Array($0.keys.prefix(2)) } == ["name", "image"])
  }
}
