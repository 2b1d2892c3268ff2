// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("Validation")
struct ValidationTests {
  @Test(
    "of a Service",
    arguments: [
      (#"{"ports":[{"port":80}],"clusterIP":"None"}"#, []),
      (#"{"clusterIP":"None","selector":{"app":"a"}}"#, []),
      (#"{"selector":{"app":"a"}}"#, ["spec.ports: Required value"]),
      (
        #"{"ports":[{"port":0}]}"#,
        [
          "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
          "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
        ]
      ),
      (#"{"ports":[{"name":"a"}]}"#, ["spec.ports[0].port: Required value"]),
      (#"{"ports":[{"port":80},{"port":81,"name":"b"}]}"#, ["spec.ports[0].name: Required value"]),
      (#"{"ports":[{"port":80,"name":"a"},{"port":81,"name":"a"}]}"#, [#"spec.ports[1].name: Duplicate value: "a""#]),
      (
        #"{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}]}"#,
        [#"spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}"#]
      ),
      (#"{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b","protocol":"UDP"}]}"#, []),
      (
        #"{"ports":[{"port":80,"targetPort":"HTTP"}]}"#,
        [
          #"spec.ports[0].targetPort: Invalid value: "HTTP": must contain at least one letter (a-z)"#
        ]
      ),
      (
        #"{"ports":[{"port":80,"protocol":"tcp"}]}"#,
        [#"spec.ports[0].protocol: Unsupported value: "tcp": supported values: "TCP", "UDP", "SCTP""#]
      ),
      (
        #"{"ports":[{"port":80,"nodePort":30080}]}"#,
        ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]
      ),
      (
        #"{"ports":[{"port":80}],"type":"None"}"#,
        [
          #"spec.type: Unsupported value: "None": supported values: "ClusterIP", "ExternalName""#
        ]
      ),
      (#"{"type":"ExternalName"}"#, ["spec.externalName: Required value"]),
      (#"{"type":"ExternalName","externalName":"example.com."}"#, []),
      (
        #"{"type":"ExternalName","externalName":"a_b"}"#,
        [
          #"spec.externalName: Invalid value: "a_b": a lowercase RFC 1123 subdomain must consist"#
        ]
      ),
      (
        #"{"ports":[{"port":80}],"clusterIP":"none"}"#,
        [
          #"spec.clusterIP: Invalid value: "none": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff); "#
            + "for a headless Service write None"
        ]
      ),
      (
        #"{"ports":[{"port":80}],"clusterIP":"None","type":"NodePort"}"#,
        [#"spec.clusterIP: Invalid value: "None": may not be set to 'None' for NodePort services"#]
      ),
      (
        #"{"ports":[{"port":80}],"selector":{"a b":"c d"}}"#,
        [
          #"spec.selector: Invalid value: "a b": name part must consist"#,
          #"spec.selector[a b]: Invalid value: "c d": a valid label"#,
        ]
      ),
      (
        #"""
        {"ports":[{"port":80}],"sessionAffinity":"ClientIP",
        "sessionAffinityConfig":{"clientIP":{"timeoutSeconds":0}}}
        """#,
        [
          "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be between 1 and 86400, inclusive"
        ]
      ),
    ] as [(String, [String])])
  func service(spec: String, expected: [String]) throws {
    let found = try problems(#"{"metadata":{"name":"a","namespace":"n"},"spec":\#(spec)}"#, in: .services)
    expect(found, expected)
  }

  @Test(
    "of a pod",
    arguments: [
      (#"{"containers":[{"name":"a","image":"b"}]}"#, []),
      (#"{}"#, ["spec.containers: Required value"]),
      (#"{"containers":[]}"#, ["spec.containers: Required value"]),
      (#"{"containers":[{"name":"a"}]}"#, ["spec.containers[0].image: Required value"]),
      (#"{"containers":[{"image":"b"}]}"#, ["spec.containers[0].name: Required value"]),
      (
        #"{"containers":[{"name":"a","image":"b"},{"name":"a","image":"b"}]}"#,
        [#"spec.containers[1].name: Duplicate value: "a""#]
      ),
      (
        #"{"initContainers":[{"name":"a","image":"b"}],"containers":[{"name":"a","image":"b"}]}"#,
        [#"spec.containers[0].name: Duplicate value: "a""#]
      ),
      (
        #"{"containers":[{"name":"a","image":"b","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}"#,
        [#"spec.containers[0].volumeMounts[0].name: Not found: "v""#]
      ),
      (
        #"""
        {"volumes":[{"name":"v"}],"containers":[{"name":"a","image":"b","volumeMounts":[{"name":"v",
        "mountPath":"/v"},{"name":"v","mountPath":"/v"}]}]}
        """#,
        [#"spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/v": must be unique"#]
      ),
      (
        #"{"volumes":[{"name":"v"},{"name":"v"}],"containers":[{"name":"a","image":"b"}]}"#,
        [#"spec.volumes[1].name: Duplicate value: "v""#]
      ),
      (
        #"{"volumes":[{"name":"v","emptyDir":{},"configMap":{"name":"c"}}],"containers":[{"name":"a","image":"b"}]}"#,
        ["spec.volumes[0].configMap: Forbidden: may not specify more than 1 volume type"]
      ),
      (
        #"{"containers":[{"name":"a","image":"b","readinessProbe":{"periodSeconds":1}}]}"#,
        ["spec.containers[0].readinessProbe: Required value: must specify a handler type"]
      ),
      (
        #"""
        {"containers":[{"name":"a","image":"b","readinessProbe":{"exec":{"command":["x"]},"tcpSocket":{"port":1}}}]}
        """#,
        ["spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"]
      ),
      (
        #"{"containers":[{"name":"a","image":"b","livenessProbe":{"tcpSocket":{"port":1},"successThreshold":2}}]}"#,
        ["spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1"]
      ),
      (
        #"""
        {"containers":[{"name":"a","image":"b","ports":[{"containerPort":80,"name":"web"},{"containerPort":81,
        "name":"web"}]}]}
        """#,
        [#"spec.containers[0].ports[1].name: Duplicate value: "web""#]
      ),
      (
        #"{"containers":[{"name":"a","image":"b","ports":[{"containerPort":70000}]}]}"#,
        ["spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"]
      ),
      (
        #"{"containers":[{"name":"a","image":"b","env":[{"name":"A=B","value":"x"}]}]}"#,
        [
          #"spec.containers[0].env[0].name: Invalid value: "A=B": a valid environment variable name"#
        ]
      ),
      (
        #"""
        {"containers":[{"name":"a","image":"b","env":[{"name":"A","value":"x",
        "valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}]}
        """#,
        [#"spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty"#]
      ),
      (
        #"{"containers":[{"name":"a","image":"b","resources":{"limits":{"cpu":"1"},"requests":{"cpu":"1500m"}}}]}"#,
        [
          #"spec.containers[0].resources.requests: Invalid value: "1500m": must be less than or equal to cpu limit"#
        ]
      ),
      (#"{"hostname":"A.b","containers":[{"name":"a","image":"b"}]}"#, ["spec.hostname: Invalid value"]),
      (#"{"subdomain":"a.b","containers":[{"name":"a","image":"b"}]}"#, ["spec.subdomain: Invalid value"]),
      (
        #"{"dnsPolicy":"None","containers":[{"name":"a","image":"b"}]}"#,
        [
          "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver"
        ]
      ),
      (
        #"{"restartPolicy":"always","containers":[{"name":"a","image":"b"}]}"#,
        [#"spec.restartPolicy: Unsupported value: "always": supported values: "Always", "OnFailure", "Never""#]
      ),
      (
        #"""
        {"initContainers":[{"name":"i","image":"b","readinessProbe":{"tcpSocket":{"port":1}}}],
        "containers":[{"name":"a","image":"b"}]}
        """#,
        [
          "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers"
        ]
      ),
      (
        #"""
        {"initContainers":[{"name":"i","image":"b","restartPolicy":"Always",
        "readinessProbe":{"tcpSocket":{"port":1}}}],"containers":[{"name":"a","image":"b"}]}
        """#,
        []
      ),
      (
        #"{"tolerations":[{"operator":"Equal","value":"x"}],"containers":[{"name":"a","image":"b"}]}"#,
        ["spec.tolerations[0].operator: Invalid value"]
      ),
      (
        #"{"hostAliases":[{"ip":"localhost"}],"containers":[{"name":"a","image":"b"}]}"#,
        ["spec.hostAliases[0].ip: Invalid value"]
      ),
      (
        #"{"terminationGracePeriodSeconds":-1,"containers":[{"name":"a","image":"b"}]}"#,
        ["spec.terminationGracePeriodSeconds: Invalid value: -1: must be between 0 and 2147483647, inclusive"]
      ),
    ] as [(String, [String])])
  func pod(spec: String, expected: [String]) throws {
    let found = try problems(#"{"metadata":{"name":"a","namespace":"n"},"spec":\#(spec)}"#, in: .pods)
    expect(found, expected)
  }

  private static let template =
    #""template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"a","image":"b"}]}}"#

  @Test(
    "of a Deployment",
    arguments: [
      (#"{"selector":{"matchLabels":{"app":"a"}},\#(template)}"#, []),
      (#"{\#(template)}"#, ["spec.selector: Required value"]),
      (#"{"selector":{},\#(template)}"#, ["spec.selector: Invalid value: {}: empty selector is invalid"]),
      (
        #"{"selector":{"matchLabels":{"app":"b"}},\#(template)}"#,
        [#"spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`"#]
      ),
      (
        #"{"selector":{"matchExpressions":[{"key":"app","operator":"In"}]},\#(template)}"#,
        [
          "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator`",
          "spec.template.metadata.labels: Invalid value",
        ]
      ),
      (
        #"{"replicas":-1,"selector":{"matchLabels":{"app":"a"}},\#(template)}"#,
        ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]
      ),
      (
        #"""
        {"strategy":{"type":"Recreate","rollingUpdate":{"maxSurge":1}},"selector":{"matchLabels":{"app":"a"}},
        \#(template)}
        """#,
        ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"]
      ),
      (
        #"""
        {"strategy":{"rollingUpdate":{"maxSurge":0,"maxUnavailable":"0%"}},"selector":{"matchLabels":{"app":"a"}},
        \#(template)}
        """#,
        [#"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0"#]
      ),
      (
        #"""
        {"strategy":{"rollingUpdate":{"maxUnavailable":"101%"}},"selector":{"matchLabels":{"app":"a"}},\#(template)}
        """#,
        [#"spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%"#]
      ),
      (
        #"{"progressDeadlineSeconds":10,"minReadySeconds":10,"selector":{"matchLabels":{"app":"a"}},\#(template)}"#,
        ["spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds"]
      ),
      (
        #"""
        {"selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},
        "spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"b"}]}}}
        """#,
        [#"spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always""#]
      ),
    ] as [(String, [String])])
  func deployment(spec: String, expected: [String]) throws {
    let found = try problems(#"{"metadata":{"name":"a","namespace":"n"},"spec":\#(spec)}"#, in: .deployments)
    expect(found, expected)
  }

  @Test(
    "of other kinds",
    arguments: [
      (
        .statefulSets,
        #"""
        {"metadata":{"name":"a"},"spec":{"selector":{"matchLabels":{"app":"a"}},
        "volumeClaimTemplates":[{"metadata":{"name":"d"},"spec":{"accessModes":["ReadWriteOnce"],
        "resources":{"requests":{"storage":"1Gi"}}}}],"template":{"metadata":{"labels":{"app":"a"}},
        "spec":{"containers":[{"name":"a","image":"b","volumeMounts":[{"name":"d","mountPath":"/d"}]}]}}}}
        """#,
        []
      ),
      (
        .endpointSlices, #"{"metadata":{"name":"a"},"addressType":"IPv4","endpoints":[{"addresses":["::1"]}]}"#,
        [#"endpoints[0].addresses[0]: Invalid value: "::1": must be a valid IPv4 address"#]
      ),
      (
        .endpointSlices, #"{"metadata":{"name":"a"},"addressType":"IPv6","endpoints":[{"addresses":[]}]}"#,
        ["endpoints[0].addresses: Required value"]
      ),
      (.endpointSlices, #"{"metadata":{"name":"a"},"endpoints":[]}"#, ["addressType: Required value"]),
      (
        .endpointSlices, #"{"metadata":{"name":"a"},"addressType":"IPv4","ports":[{"port":1},{"port":2}]}"#,
        [#"ports[1].name: Duplicate value: """#]
      ),
      (
        .endpoints, #"{"metadata":{"name":"a"},"subsets":[{"ports":[{"port":1}]}]}"#,
        ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"]
      ),
      (
        .configMaps, #"{"metadata":{"name":"a"},"data":{"a/b":"c"}}"#,
        [
          #"data: Invalid value: "a/b": a valid config key must consist of alphanumeric characters"#
        ]
      ),
      (
        .configMaps, #"{"metadata":{"name":"a"},"data":{"k":"c"},"binaryData":{"k":"Zg=="}}"#,
        [#"data[k]: Invalid value: "k": duplicate of key present in binaryData"#]
      ),
      (
        .services, #"{"metadata":{"name":"0a"},"spec":{"clusterIP":"None"}}"#,
        ["metadata.name: Invalid value: \"0a\": a DNS-1035 label"]
      ),
      (.pods, #"{"metadata":{"generateName":"web-"},"spec":{"containers":[{"name":"a","image":"b"}]}}"#, []),
      (
        .pods, #"{"spec":{"containers":[{"name":"a","image":"b"}]}}"#,
        ["metadata.name: Required value: name or generateName is required"]
      ),
      (
        .namespaces, #"{"metadata":{"name":"a","namespace":"b"}}"#,
        ["metadata.namespace: Forbidden: not allowed on this type"]
      ),
      (.namespaces, #"{"metadata":{"name":"a.b"}}"#, ["metadata.name: Invalid value"]),
      (
        .configMaps, #"{"metadata":{"name":"a","labels":{"x":"-"},"annotations":{"/":""}}}"#,
        ["metadata.labels[x]: Invalid value", "metadata.annotations: Invalid value"]
      ),
      (
        .configMaps,
        #"""
        {"metadata":{"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"1",
        "controller":true},{"apiVersion":"v1","kind":"Pod","name":"q","uid":"2","controller":true}]}}
        """#,
        ["metadata.ownerReferences: Invalid value"]
      ),
      (
        .persistentVolumeClaims, #"{"metadata":{"name":"a"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{}}}"#,
        ["spec.resources[storage]: Required value"]
      ),
      (
        .events, #"{"metadata":{"name":"a","namespace":"n"},"involvedObject":{"namespace":"m"}}"#,
        [#"involvedObject.namespace: Invalid value: "m": does not match event.namespace"#]
      ),
    ] as [(APIResource, String, [String])])
  func others(resource: APIResource, text: String, expected: [String]) throws {
    expect(try problems(text, in: resource), expected)
  }

  @Test("of sizes")
  func sizes() throws {
    let large = String(repeating: "x", count: 1 << 20)
    expect(
      try problems(#"{"metadata":{"name":"a"},"data":{"a":"\#(large)","b":"x"}}"#, in: .configMaps),
      ["data: Too long: may not be more than 1048576 bytes"])
    expect(
      try problems(#"{"metadata":{"name":"a","annotations":{"a":"\#(large)"}}}"#, in: .configMaps),
      ["metadata.annotations: Too long: may not be more than 262144 bytes"])
  }

  /// Each problem starts with what is expected; long explanations need not be repeated.
  private func expect(_ found: [String], _ expected: [String], _ location: SourceLocation = #_sourceLocation) {
    #expect(
      found.count == expected.count && zip(found, expected).allSatisfy { $0.hasPrefix($1) },
      "found \(found)", sourceLocation: location)
  }
}
