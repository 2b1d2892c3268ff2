// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

/// Defaults of a pod's specification that depend on more than one field, and what people mean by members that it
/// does not have.
///
/// Source: "Pods" and "Images" in the Kubernetes documentation.
enum PodRules {
  static let applyDefaults: @Sendable (inout JSONObject) -> Void = { spec in
    // Two names for one field.
    if let account = spec["serviceAccountName"] ?? spec["serviceAccount"] {
      spec["serviceAccountName"] = account
      spec["serviceAccount"] = account
    }
    guard spec["hostNetwork"]?.bool == true else { return }
    // In the node's network a container's port is the node's.
    for list in ["initContainers", "containers"] {
      guard let containers = spec[list]?.array else { continue }
      spec[list] = .array(containers.map(withHostPorts))
    }
  }

  private static func withHostPorts(_ container: JSONValue) -> JSONValue {
    guard let ports = container["ports"]?.array else { return container }
    var container = container
    container["ports"] = .array(
      ports.map { port in
        var port = port
        port["hostPort"] = port["hostPort"] ?? port["containerPort"]
        return port
      })
    return container
  }

  static let applyContainerDefaults: @Sendable (inout JSONObject) -> Void = { container in
    if container["imagePullPolicy"] == nil {
      container["imagePullPolicy"] = .string(pullPolicy(of: container["image"]?.string ?? ""))
    }
  }

  /// `Always` for an image named without a tag or as `latest`; images that cannot change under their name, and the
  /// machine's own file system (`host`), are pulled once.
  static func pullPolicy(of image: String) -> String {
    if image == "host" || image.contains("@") { return "IfNotPresent" }
    let name = image.split(separator: "/").last ?? ""
    let parts = name.split(separator: ":", maxSplits: 1)
    return parts.count < 2 || parts[1] == "latest" ? "Always" : "IfNotPresent"
  }

  static let advice: @Sendable (String, JSONValue) -> String? = { member, value in
    switch member {
    case "serviceName":
      "serviceName belongs to the spec of a StatefulSet; a pod gets a name below a headless Service by its subdomain: "
        + "write subdomain: \(value.string ?? "NAME")"
    case "image", "env", "ports", "command", "args", "volumeMounts", "readinessProbe", "livenessProbe":
      "\(member) belongs to a container: write it under containers"
    case "replicas": "replicas belongs to the spec of a Deployment or StatefulSet"
    case "labels": "labels belong under metadata"
    default: nil
    }
  }

  static let containerAdvice: @Sendable (String, JSONValue) -> String? = { member, _ in
    switch member {
    case "volumes": "volumes belong to the pod's spec, beside containers; a container has volumeMounts"
    case "environment", "envs", "envVars": "write env: with a list of name and value"
    case "cmd", "entrypoint": "write command: with a list of words"
    case "restartCount", "hostname", "subdomain": "\(member) does not belong to a container"
    case "probe", "healthcheck", "readiness": "write readinessProbe or livenessProbe"
    default: nil
    }
  }
}
