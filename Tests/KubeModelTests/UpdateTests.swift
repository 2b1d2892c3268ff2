// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("Updates")
struct UpdateTests {
  private static let podUpdate =
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`, "
    + "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing "
    + "tolerations), `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
  private static let setUpdate =
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    + "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' "
    + "are forbidden"

  @Test(
    "may change some fields only",
    arguments: [
      (
        .services, #"{"spec":{"clusterIP":"10.96.0.9","clusterIPs":["10.96.0.9"]}}"#,
        #"{"spec":{"clusterIP":"None","clusterIPs":["None"]}}"#,
        [#"spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set"#]
      ),
      (.services, #"{"spec":{"clusterIP":"10.96.0.9"}}"#, #"{"spec":{"type":"ExternalName","externalName":"a"}}"#, []),
      (.services, #"{"spec":{"selector":{"a":"b"}}}"#, #"{"spec":{"selector":{"a":"c"},"clusterIP":"10.96.0.9"}}"#, []),
      (.statefulSets, #"{"spec":{"serviceName":"a","replicas":1}}"#, #"{"spec":{"serviceName":"a","replicas":3}}"#, []),
      (.statefulSets, #"{"spec":{"serviceName":"a"}}"#, #"{"spec":{"serviceName":"b"}}"#, [setUpdate]),
      (
        .deployments, #"{"spec":{"selector":{"matchLabels":{"a":"b"}}}}"#,
        #"{"spec":{"selector":{"matchLabels":{"a":"c"}}}}"#,
        [#"spec.selector: Invalid value: {"matchLabels":{"a":"c"}}: field is immutable"#]
      ),
      (
        .deployments, #"{"spec":{"selector":{"matchLabels":{"a":"b","c":"d"}}}}"#,
        #"{"spec":{"selector":{"matchLabels":{"c":"d","a":"b"}}}}"#, []
      ),
      (
        .pods, #"{"spec":{"containers":[{"name":"a","image":"b"}]}}"#,
        #"{"spec":{"containers":[{"name":"a","image":"c"}]}}"#, []
      ),
      (
        .pods, #"{"spec":{"containers":[{"name":"a","image":"b"}]}}"#,
        #"{"spec":{"hostname":"h","containers":[{"name":"a","image":"b"}]}}"#,
        [podUpdate]
      ),
      (.pods, #"{"spec":{}}"#, #"{"spec":{"nodeName":"n"}}"#, []),
      (.pods, #"{"spec":{"nodeName":"n"}}"#, #"{"spec":{"nodeName":"m"}}"#, [podUpdate]),
      (.pods, #"{"spec":{"tolerations":[{"key":"a"}]}}"#, #"{"spec":{"tolerations":[{"key":"a"},{"key":"b"}]}}"#, []),
      (.pods, #"{"spec":{"tolerations":[{"key":"a"}]}}"#, #"{"spec":{"tolerations":[{"key":"b"}]}}"#, [podUpdate]),
      (.pods, #"{"spec":{"activeDeadlineSeconds":5}}"#, #"{"spec":{"activeDeadlineSeconds":4}}"#, []),
      (
        .pods, #"{"spec":{"activeDeadlineSeconds":5}}"#, #"{"spec":{"activeDeadlineSeconds":6}}"#,
        ["spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"]
      ),
      (
        .pods, #"{"spec":{"activeDeadlineSeconds":5}}"#, #"{"spec":{}}"#,
        ["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value"]
      ),
      (
        .endpointSlices, #"{"addressType":"IPv4"}"#, #"{"addressType":"IPv6"}"#,
        [#"addressType: Invalid value: "IPv6": field is immutable"#]
      ),
      (
        .configMaps, #"{"immutable":true,"data":{"a":"b"}}"#, #"{"immutable":true,"data":{"a":"c"}}"#,
        ["data: Forbidden: field is immutable when `immutable` is set"]
      ),
      (
        .configMaps, #"{"immutable":true}"#, #"{}"#,
        ["immutable: Forbidden: field is immutable when `immutable` is set"]
      ),
      (.configMaps, #"{"data":{"a":"b"}}"#, #"{"immutable":true,"data":{"a":"c"}}"#, []),
      (.secrets, #"{"type":"Opaque"}"#, #"{"type":"x"}"#, [#"type: Invalid value: "x": field is immutable"#]),
      (
        .configMaps, #"{"metadata":{"name":"a"}}"#, #"{"metadata":{"name":"b"}}"#,
        [#"metadata.name: Invalid value: "b": field is immutable"#]
      ),
      (
        .persistentVolumeClaims, #"{"spec":{"resources":{"requests":{"storage":"1Gi"}}}}"#,
        #"{"spec":{"volumeName":"v","resources":{"requests":{"storage":"2Gi"}}}}"#, []
      ),
      (
        .controllerRevisions, #"{"data":{"a":1}}"#, #"{"data":{"a":2}}"#,
        [#"data: Invalid value: {"a":2}: field is immutable"#]
      ),
    ] as [(APIResource, String, String, [String])])
  func update(resource: APIResource, old: String, new: String, expected: [String]) throws {
    #expect(resource.validateUpdate(old: try object(old), new: try object(new)).map(\.description) == expected)
  }
}
