// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("Defaults")
struct DefaultsTests {
  /// The given object and what a real API server stores of it.
  @Test(
    "are those of the real API",
    arguments: [
      (
        #"{"metadata":{"name":"a"},"spec":{"ports":[{"port":80}],"selector":{"app":"a"}}}"#, .service,
        #"""
        {"metadata":{"name":"a"},"spec":{"ports":[{"protocol":"TCP","port":80,"targetPort":80}],
        "selector":{"app":"a"},"type":"ClusterIP","sessionAffinity":"None","internalTrafficPolicy":"Cluster"},
        "status":{"loadBalancer":{}}}
        """#
      ),
      (
        #"""
        {"spec":{"type":"LoadBalancer","sessionAffinity":"ClientIP","ports":[{"port":80,"targetPort":"http",
        "protocol":"UDP"}]}}
        """#,
        .service,
        #"""
        {"metadata":{},"spec":{"ports":[{"protocol":"UDP","port":80,"targetPort":"http"}],"type":"LoadBalancer",
        "sessionAffinity":"ClientIP","externalTrafficPolicy":"Cluster",
        "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":10800}},"allocateLoadBalancerNodePorts":true,
        "internalTrafficPolicy":"Cluster"},"status":{"loadBalancer":{}}}
        """#
      ),
      (
        #"{"spec":{"type":"ExternalName","externalName":"example.com"}}"#, .service,
        #"""
        {"metadata":{},"spec":{"type":"ExternalName","externalName":"example.com","sessionAffinity":"None"},
        "status":{"loadBalancer":{}}}
        """#
      ),
      (
        #"""
        {"spec":{"containers":[{"name":"a","image":"nginx","ports":[{"containerPort":80}],
        "readinessProbe":{"httpGet":{"port":80}},"env":[{"name":"IP",
        "valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}]}],"volumes":[{"name":"c","configMap":{"name":"c"}},
        {"name":"e"}]}}
        """#,
        .pod,
        #"""
        {"metadata":{},"spec":{"volumes":[{"name":"c","configMap":{"name":"c","defaultMode":420}},{"name":"e",
        "emptyDir":{}}],"containers":[{"name":"a","image":"nginx","ports":[{"containerPort":80,"protocol":"TCP"}],
        "env":[{"name":"IP","valueFrom":{"fieldRef":{"apiVersion":"v1","fieldPath":"status.podIP"}}}],
        "resources":{},"readinessProbe":{"httpGet":{"path":"/","port":80,"scheme":"HTTP"},"timeoutSeconds":1,
        "periodSeconds":10,"successThreshold":1,"failureThreshold":3},
        "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",
        "imagePullPolicy":"Always"}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,
        "dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler",
        "enableServiceLinks":true},"status":{"phase":"Pending"}}
        """#
      ),
      (
        #"{"metadata":{"name":"team"}}"#, .namespace,
        #"""
        {"metadata":{"name":"team","labels":{"kubernetes.io/metadata.name":"team"}},
        "spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}
        """#
      ),
      (
        #"{"data":{"a":"Zg=="},"stringData":{"b":"foo"}}"#, .secret,
        #"{"metadata":{},"data":{"a":"Zg==","b":"Zm9v"},"type":"Opaque"}"#
      ),
      (
        #"{"addressType":"IPv4","endpoints":[{"addresses":["10.0.0.1"]}],"ports":[{"port":80}]}"#, .endpointSlice,
        #"""
        {"metadata":{},"endpoints":[{"addresses":["10.0.0.1"],"conditions":{}}],"ports":[{"name":"",
        "protocol":"TCP","port":80}],"addressType":"IPv4"}
        """#
      ),
      (
        #"{"replicas":0,"strategy":{"rollingUpdate":{"maxSurge":1}}}"#, .deploymentSpec,
        #"""
        {"replicas":0,"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":"25%","maxSurge":1}},
        "revisionHistoryLimit":10,"progressDeadlineSeconds":600}
        """#
      ),
      (
        #"{"strategy":{"type":"Recreate"}}"#, .deploymentSpec,
        #"{"replicas":1,"strategy":{"type":"Recreate"},"revisionHistoryLimit":10,"progressDeadlineSeconds":600}"#
      ),
      (
        #"{"serviceName":"db"}"#, .statefulSetSpec,
        #"""
        {"replicas":1,"serviceName":"db","podManagementPolicy":"OrderedReady",
        "updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":0}},"revisionHistoryLimit":10,
        "persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"}}
        """#
      ),
      (
        #"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"500m"}}"#, .resourceRequirements,
        #"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"500m","memory":"1Gi"}}"#
      ),
      (
        #"""
        {"hostNetwork":true,"serviceAccount":"bot","containers":[{"name":"a","image":"host",
        "ports":[{"containerPort":80}]}]}
        """#,
        .podSpec,
        #"""
        {"containers":[{"name":"a","image":"host","ports":[{"containerPort":80,"protocol":"TCP","hostPort":80}],
        "resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File",
        "imagePullPolicy":"IfNotPresent"}],"restartPolicy":"Always","terminationGracePeriodSeconds":30,
        "dnsPolicy":"ClusterFirst","serviceAccountName":"bot","serviceAccount":"bot","hostNetwork":true,
        "securityContext":{},"schedulerName":"default-scheduler","enableServiceLinks":true}
        """#
      ),
    ] as [(String, ObjectType, String)])
  func defaults(given: String, type: ObjectType, expected: String) throws {
    let root = try stored(given, as: type)
    #expect(JSONValue.object(root).sorted.jsonText == (try JSONParser.parse(expected).sorted.jsonText))
  }

  @Test("applied twice change nothing more", arguments: APIResource.all)
  func idempotent(resource: APIResource) {
    var once: JSONObject = ["metadata": ["name": "a"], "spec": ["template": ["spec": ["containers": [["name": "a"]]]]]]
    var decoder = SchemaDecoder()
    once = decoder.decode(once, as: resource.type)
    resource.type.applyDefaults(to: &once)
    var twice = once
    resource.type.applyDefaults(to: &twice)
    #expect(once == twice)
  }

  @Test(
    "of the pull policy follow the image's tag",
    arguments: [
      ("nginx", "Always"), ("nginx:latest", "Always"), ("nginx:1.27", "IfNotPresent"), ("host", "IfNotPresent"),
      ("registry:5000/nginx", "Always"), ("registry:5000/nginx:1", "IfNotPresent"), ("nginx@sha256:00", "IfNotPresent"),
    ])
  func pullPolicy(image: String, policy: String) throws {
    let pod = try stored(#"{"containers":[{"name":"a","image":"\#(image)"}]}"#, as: .podSpec)
    #expect(pod["containers"]?.array?[0]["imagePullPolicy"]?.string == policy)
  }
}
