// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

@Suite struct OCIConfigurationTests {
  private let paths = RuntimePaths(dataDirectory: "/data")

  private func configuration(_ container: String, pod spec: String = "") throws -> OCIConfiguration {
    let pod = try Samples.pod(spec)
    let builder = ContainerBuilder(
      pod: pod, identity: PodIdentity(pod: pod, clusterDomain: "cluster.local"), paths: paths,
      sources: .init(
        pod: pod, podAddresses: ["10.244.0.7"], nodeAddress: "10.244.0.1", services: [], map: { _, _ in nil }),
      volumes: Volumes(pod: pod, paths: paths, map: { _, _ in nil }))
    return try builder.configuration(of: try Samples.json(container)).configuration
  }

  @Test func commandAndArgumentsAreExpanded() throws {
    let found = try configuration(
      """
      {"image": "host", "command": ["sh", "-c"], "args": ["echo $(A) $$(A)"], "workingDir": "/srv",
       "env": [{"name": "A", "value": "1"}]}
      """)
    #expect(found.json["process"]?["args"] == ["sh", "-c", "echo 1 $(A)"])
    #expect(found.json["process"]?["cwd"] == "/srv")
    #expect(found.environment.contains("A=1"))
  }

  @Test func namespacesOfThePodAreJoined() throws {
    let base = "/data/run/node/sandboxes/11111111-2222-3333-4444-555555555555/"
    let own = try configuration(#"{"image": "host", "command": ["x"]}"#)
    #expect(
      own.json["linux"]?["namespaces"] == [
        ["type": "pid"], ["type": "mount"], ["type": "uts", "path": .string(base + "uts")],
        ["type": "ipc", "path": .string(base + "ipc")], ["type": "network", "path": .string(base + "net")],
      ])
    let node = try configuration(#"{"image": "host", "command": ["x"]}"#, pod: #""hostNetwork": true"#)
    #expect(node.namespaces.map(\.kind) == ["uts", "ipc"])
  }

  @Test func securityContextOfTheContainerWins() throws {
    let found = try configuration(
      """
      {"image": "host", "command": ["x"], "securityContext": {"runAsUser": 7, "allowPrivilegeEscalation": false,
       "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}}
      """, pod: #""securityContext": {"runAsUser": 5, "runAsGroup": 6, "fsGroup": 8, "supplementalGroups": [9]}"#)
    #expect(found.json["process"]?["user"] == ["uid": 7, "gid": 6, "additionalGids": [9, 8]])
    #expect(found.json["process"]?["capabilities"]?["bounding"] == ["CAP_NET_ADMIN"])
    #expect(found.json["process"]?["noNewPrivileges"] == true)
    #expect(found.json["root"]?["readonly"] == true)
  }

  @Test func filesOfThePodAndVolumesAreMounted() throws {
    let found = try configuration(
      """
      {"image": "host", "command": ["x"], "volumeMounts": [{"name": "data", "mountPath": "/var/lib/db"},
       {"name": "settings", "mountPath": "/etc/db.conf", "subPath": "db.conf"}]}
      """, pod: #""volumes": [{"name": "data", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "s"}}]"#)
    let pod = "/data/pods/11111111-2222-3333-4444-555555555555"
    #expect(
      found.mounts == [
        OCIMount(bind: pod + "/etc/resolv.conf", at: "/etc/resolv.conf"),
        OCIMount(bind: pod + "/etc/hosts", at: "/etc/hosts"),
        OCIMount(bind: pod + "/etc/hostname", at: "/etc/hostname"),
        OCIMount(bind: pod + "/volumes/data", at: "/var/lib/db"),
        OCIMount(
          bind: "/data/run/node/sandboxes/11111111-2222-3333-4444-555555555555/part--1", at: "/etc/db.conf",
          isReadOnly: true),
      ])
  }

  @Test(arguments: [
    (#"{"image": "mysql:8", "command": ["x"]}"#, RuntimeError.Code.image, "mysql:8"),
    (#"{"image": "host"}"#, .configuration, "command or args is needed"),
    (#"{"image": "host", "command": ["x"], "securityContext": {"privileged": true}}"#, .configuration, "privileged"),
    (
      #"{"image": "host", "command": ["x"], "volumeMounts": [{"name": "no", "mountPath": "/x"}]}"#,
      .configuration, "\"no\""
    ),
    (
      #"{"image": "host", "command": ["x"], "volumeMounts": [{"name": "d", "mountPath": "/x", "subPath": "../y"}]}"#,
      .configuration, "leads out"
    ),
  ])
  func whatCannotBeIsSaid(container: String, code: RuntimeError.Code, part: String) throws {
    let error = #expect(throws: RuntimeError.self) {
      try configuration(container, pod: #""volumes": [{"name": "d", "emptyDir": {}}]"#)
    }
    #expect(error?.code == code)
    #expect(error?.message.contains(part) == true)
  }
}
