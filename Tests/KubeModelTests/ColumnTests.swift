// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@Suite("Tables of kubectl get")
struct ColumnTests {
  /// 12:00:00 on the day of all objects here.
  private let now = Timestamp("2026-01-31T12:00:00Z")!

  private func row(_ text: String, _ resource: APIResource) throws -> [String] {
    let object = KubeObject(try object(text), of: resource)
    return resource.columns.map { column in
      let cell = column.cell(object, now)
      return cell.string ?? cell.jsonText
    }
  }

  private func podStatus(_ text: String) throws -> [String] {
    Array(try row(#"{"metadata":{"name":"p"},\#(text)}"#, .pods)[1...3])
  }

  @Test(
    "columns are named as the real API names them",
    arguments: [
      (.pods, "Name Ready Status Restarts Age IP* Node* Nominated Node* Readiness Gates*"),
      (.services, "Name Type Cluster-IP External-IP Port(s) Age Selector*"), (.endpoints, "Name Endpoints Age"),
      (.endpointSlices, "Name AddressType Ports Endpoints Age"), (.statefulSets, "Name Ready Age Containers* Images*"),
      (.deployments, "Name Ready Up-to-date Available Age Containers* Images* Selector*"),
      (.replicaSets, "Name Desired Current Ready Age Containers* Images* Selector*"), (.configMaps, "Name Data Age"),
      (.nodes, "Name Status Roles Age Version Internal-IP* External-IP* OS-Image* Kernel-Version* Container-Runtime*"),
      (.namespaces, "Name Status Age"), (.secrets, "Name Type Data Age"), (.serviceAccounts, "Name Secrets Age"),
      (.events, "Last Seen Type Reason Object Subobject* Source* Message First Seen* Count* Name*"),
      (
        .persistentVolumeClaims,
        "Name Status Volume Capacity Access Modes StorageClass VolumeAttributesClass Age VolumeMode*"
      ),
      (.controllerRevisions, "Name Controller Revision Age"),
      (
        .daemonSets,
        "Name Desired Current Ready Up-to-date Available Node Selector Age Containers* Images* Selector*"
      ), (.roles, "Name Created At"), (.clusterRoles, "Name Created At"),
      (.roleBindings, "Name Role Age Users* Groups* ServiceAccounts*"),
      (.clusterRoleBindings, "Name Role Age Users* Groups* ServiceAccounts*"),
      (.networkPolicies, "Name Pod-Selector Age"),
      (.podDisruptionBudgets, "Name Min Available Max Unavailable Allowed Disruptions Age"),
      (.priorityClasses, "Name Value Global-Default Age PreemptionPolicy"),
    ] as [(APIResource, String)])
  func names(resource: APIResource, names: String) {
    #expect(resource.columns.map { $0.name + ($0.priority > 0 ? "*" : "") }.joined(separator: " ") == names)
  }

  @Test(
    "a pod's state is told in one word",
    arguments: [
      (#""spec":{"containers":[{},{}]},"status":{"phase":"Pending"}"#, ["0/2", "Pending", "0"]),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Running","containerStatuses":[{"ready":true,"restartCount":0,
        "state":{"running":{}}}]}
        """#,
        ["1/1", "Running", "0"]
      ),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Pending","containerStatuses":[{"ready":false,"restartCount":0,
        "state":{"waiting":{"reason":"ContainerCreating"}}}]}
        """#,
        ["0/1", "ContainerCreating", "0"]
      ),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Running","containerStatuses":[{"ready":false,"restartCount":3,
        "state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"exitCode":1,
        "finishedAt":"2026-01-31T11:59:00Z"}}}]}
        """#,
        ["0/1", "CrashLoopBackOff", "3 (60s ago)"]
      ),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Succeeded","containerStatuses":[{"ready":false,
        "restartCount":0,"state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}
        """#,
        ["0/1", "Completed", "0"]
      ),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Failed","containerStatuses":[{"ready":false,"restartCount":0,
        "state":{"terminated":{"exitCode":3}}}]}
        """#,
        ["0/1", "ExitCode:3", "0"]
      ),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Failed","containerStatuses":[{"ready":false,"restartCount":0,
        "state":{"terminated":{"exitCode":137,"signal":9}}}]}
        """#,
        ["0/1", "Signal:9", "0"]
      ),
      (
        #"""
        "spec":{"initContainers":[{"name":"i"}],"containers":[{}]},"status":{"phase":"Pending",
        "initContainerStatuses":[{"name":"i","restartCount":0,"state":{"running":{}}}]}
        """#,
        ["0/1", "Init:0/1", "0"]
      ),
      (
        #"""
        "spec":{"initContainers":[{"name":"i"}],"containers":[{}]},"status":{"phase":"Pending",
        "initContainerStatuses":[{"name":"i","restartCount":2,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}
        """#,
        ["0/1", "Init:CrashLoopBackOff", "2"]
      ),
      (
        #"""
        "spec":{"initContainers":[{"name":"i"}],"containers":[{}]},"status":{"phase":"Running",
        "initContainerStatuses":[{"name":"i","restartCount":0,"state":{"terminated":{"exitCode":0}}}],
        "containerStatuses":[{"ready":true,"restartCount":1,"state":{"running":{}}}]}
        """#,
        ["1/1", "Running", "1"]
      ),
      (
        #"""
        "spec":{"initContainers":[{"name":"s","restartPolicy":"Always"}],"containers":[{}]},
        "status":{"phase":"Running","initContainerStatuses":[{"name":"s","restartCount":0,"started":true,
        "ready":true,"state":{"running":{}}}],"containerStatuses":[{"ready":true,"restartCount":0,
        "state":{"running":{}}}]}
        """#,
        ["2/2", "Running", "0"]
      ),
      (
        #"""
        "spec":{"containers":[{},{}]},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}],
        "containerStatuses":[{"ready":false,"restartCount":0,"state":{"terminated":{"exitCode":0,
        "reason":"Completed"}}},{"ready":true,"restartCount":0,"state":{"running":{}}}]}
        """#,
        ["1/2", "NotReady", "0"]
      ),
      (#""spec":{"containers":[{}]},"status":{"phase":"Failed","reason":"Evicted"}"#, ["0/1", "Evicted", "0"]),
      (
        #"""
        "spec":{"containers":[{}]},"status":{"phase":"Pending","conditions":[{"type":"PodScheduled",
        "status":"False","reason":"SchedulingGated"}]}
        """#,
        ["0/1", "SchedulingGated", "0"]
      ),
    ])
  func pods(text: String, expected: [String]) throws {
    #expect(try podStatus(text) == expected)
  }

  @Test("a pod that is being deleted terminates")
  func terminating() throws {
    let text =
      #"""
      {"metadata":{"name":"p","deletionTimestamp":"2026-01-31T12:00:30Z"},"spec":{"containers":[{}]},
      "status":{"phase":"Running","containerStatuses":[{"ready":true,"restartCount":0,"state":{"running":{}}}]}}
      """#
    #expect(try row(text, .pods)[1...2] == ["1/1", "Terminating"])
  }

  @Test("a wide pod shows where it is")
  func wide() throws {
    let text =
      #"""
      {"metadata":{"name":"p","creationTimestamp":"2026-01-31T11:55:00Z"},"spec":{"nodeName":"n",
      "readinessGates":[{"conditionType":"a"}]},"status":{"podIP":"10.244.0.5","conditions":[{"type":"a",
      "status":"True"}]}}
      """#
    #expect(try row(text, .pods)[4...] == ["5m", "10.244.0.5", "n", "<none>", "1/1"])
  }

  @Test(
    "other kinds",
    arguments: [
      (
        .services,
        #"""
        "spec":{"type":"ClusterIP","clusterIP":"10.96.0.9","ports":[{"port":80,"protocol":"TCP"},{"port":53,
        "protocol":"UDP"}],"selector":{"b":"2","a":"1"}}
        """#,
        ["x", "ClusterIP", "10.96.0.9", "<none>", "80/TCP,53/UDP", "<unknown>", "a=1,b=2"]
      ),
      (
        .services, #""spec":{"type":"ClusterIP","clusterIP":"None"}"#,
        ["x", "ClusterIP", "None", "<none>", "<none>", "<unknown>", "<none>"]
      ),
      (
        .services, #""spec":{"type":"ExternalName","externalName":"example.com"}"#,
        ["x", "ExternalName", "<none>", "example.com", "<none>", "<unknown>", "<none>"]
      ),
      (
        .services,
        #"""
        "spec":{"type":"LoadBalancer","clusterIP":"10.96.0.9","ports":[{"port":80,"nodePort":30080,
        "protocol":"TCP"}]}
        """#,
        ["x", "LoadBalancer", "10.96.0.9", "<pending>", "80:30080/TCP", "<unknown>", "<none>"]
      ),
      (
        .endpoints,
        #"""
        "subsets":[{"addresses":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"},{"ip":"10.0.0.3"},{"ip":"fd00::1"}],
        "ports":[{"port":80}]}]
        """#,
        ["x", "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...", "<unknown>"]
      ),
      (.endpoints, #""subsets":[{"notReadyAddresses":[{"ip":"10.0.0.1"}]}]"#, ["x", "<none>", "<unknown>"]),
      (
        .endpointSlices,
        #"""
        "addressType":"IPv4","ports":[{"port":80},{}],"endpoints":[{"addresses":["10.0.0.1"]},
        {"addresses":["10.0.0.2"]}]
        """#,
        ["x", "IPv4", "80,*", "10.0.0.1,10.0.0.2", "<unknown>"]
      ),
      (.endpointSlices, #""addressType":"IPv4","endpoints":[]"#, ["x", "IPv4", "<unset>", "<unset>", "<unknown>"]),
      (
        .statefulSets,
        #"""
        "spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"a","image":"i"},{"name":"b",
        "image":"j"}]}}},"status":{"readyReplicas":1}
        """#,
        ["x", "1/3", "<unknown>", "a,b", "i,j"]
      ),
      (
        .deployments,
        #"""
        "spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"},"matchExpressions":[{"key":"c",
        "operator":"Exists"}]},"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}},
        "status":{"readyReplicas":2,"updatedReplicas":1,"availableReplicas":2}
        """#,
        ["x", "2/2", "1", "2", "<unknown>", "a", "i", "a=b,c"]
      ),
      (.configMaps, #""data":{"a":"b"},"binaryData":{"c":"Zg=="}"#, ["x", "2", "<unknown>"]),
      (.namespaces, #""status":{"phase":"Active"}"#, ["x", "Active", "<unknown>"]),
      (
        .nodes,
        #"""
        "spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],
        "addresses":[{"type":"InternalIP","address":"10.0.0.1"}],"nodeInfo":{"kubeletVersion":"v1",
        "osImage":"Debian","kernelVersion":"6","containerRuntimeVersion":"runc"}}
        """#,
        ["x", "Ready,SchedulingDisabled", "<none>", "<unknown>", "v1", "10.0.0.1", "<none>", "Debian", "6", "runc"]
      ),
      (
        .persistentVolumeClaims,
        #"""
        "spec":{"volumeName":"v","storageClassName":"c","volumeMode":"Filesystem"},"status":{"phase":"Bound",
        "capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"]}
        """#,
        ["x", "Bound", "v", "1Gi", "RWO", "c", "<unset>", "<unknown>", "Filesystem"]
      ),
      (
        .events,
        #"""
        "type":"Normal","reason":"Started","message":"m\n","count":3,"firstTimestamp":"2026-01-31T11:50:00Z",
        "lastTimestamp":"2026-01-31T11:59:00Z","involvedObject":{"kind":"Pod","name":"p"},"source":{"component":"c",
        "host":"h"}
        """#,
        ["60s (x3 over 10m)", "Normal", "Started", "pod/p", "", "c, h", "m", "10m", "3", "x"]
      ),
      (.controllerRevisions, #""revision":2"#, ["x", "<none>", "2", "<unknown>"]),
      (
        .daemonSets,
        #"""
        "spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"nodeSelector":{"kubernetes.io/os":"linux"},
        "containers":[{"name":"c","image":"i"}]}}},"status":{"desiredNumberScheduled":1,"currentNumberScheduled":1,
        "numberReady":0,"updatedNumberScheduled":1}
        """#,
        ["x", "1", "1", "0", "1", "0", "kubernetes.io/os=linux", "<unknown>", "c", "i", "a=b"]
      ),
      (
        .clusterRoleBindings,
        #"""
        "roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"User","name":"u"},{"kind":"Group","name":"g"},
        {"kind":"ServiceAccount","name":"a","namespace":"n"},{"kind":"User","name":"v"}]
        """#,
        ["x", "ClusterRole/r", "<unknown>", "u, v", "g", "n/a"]
      ),
      (.podDisruptionBudgets, #""spec":{"minAvailable":"50%"}"#, ["x", "50%", "N/A", "0", "<unknown>"]),
      (.podDisruptionBudgets, #""spec":{"maxUnavailable":1}"#, ["x", "N/A", "1", "0", "<unknown>"]),
      (.networkPolicies, #""spec":{"podSelector":{"matchLabels":{"a":"b"}}}"#, ["x", "a=b", "<unknown>"]),
      (
        .priorityClasses, #""value":5,"globalDefault":true,"preemptionPolicy":"Never""#,
        ["x", "5", "true", "<unknown>", "Never"]
      ),
    ] as [(APIResource, String, [String])])
  func others(resource: APIResource, text: String, expected: [String]) throws {
    #expect(try row(#"{"metadata":{"name":"x"},\#(text)}"#, resource) == expected)
  }
}
