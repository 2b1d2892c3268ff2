// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Services. Addresses and node ports are given out when a Service is stored, not here.
extension ObjectType {
  package static let service = ObjectType(
    .core, "Service", "A name, and usually an address, for a changing set of pods.",
    [
      .apiVersion, .kind, .metadata,
      Field("spec", 2, .object(.serviceSpec), "Wanted state.").required(),
      Field("status", 3, .object(.serviceStatus), "Observed state.").defaulted(["loadBalancer": [:]]),
    ])

  package static let serviceSpec = ObjectType(
    .core, "ServiceSpec", "Wanted state of a Service.",
    [
      Field("ports", 1, .objects(.servicePort, keys: "port", "protocol"), "Ports of the Service.")
        .rule(.unique(["protocol", "port"])),
      Field("selector", 2, .stringMap, "Labels of the pods that serve; without it, endpoints are written by hand.")
        .atomic().rule(.keys(.qualifiedName), .values(.format(.labelValue))).hint(selectorHint),
      Field("clusterIP", 3, .string, "The Service's address; given out if absent; `None` for a headless Service."),
      Field("clusterIPs", 18, .strings, "The Service's addresses, one a family.").rule(.atMost(2)),
      Field("type", 4, .string, "How the Service is reached.").defaulted("ClusterIP")
        .rule(.oneOf(["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])),
      Field("externalIPs", 5, .strings, "Further addresses at which nodes accept its traffic.")
        .rule(.elements(.format(.ipAddress))),
      Field("sessionAffinity", 7, .string, "Whether a client stays with one pod.").defaulted("None")
        .rule(.oneOf(["ClientIP", "None"])),
      Field("loadBalancerIP", 8, .string, "Address asked of a load balancer (deprecated)."),
      Field("loadBalancerSourceRanges", 9, .strings, "Clients that a load balancer lets in."),
      Field("externalName", 10, .string, "The name that an ExternalName Service stands for.").rule(.textAtMost(253)),
      Field("externalTrafficPolicy", 11, .string, "Whether traffic from outside stays on the node it came to.")
        .rule(.oneOf(["Cluster", "Local"])),
      Field("healthCheckNodePort", 12, .int32, "Port at which nodes tell load balancers about local pods.")
        .rule(.range(0...65535)),
      Field("publishNotReadyAddresses", 13, .bool, "Whether pods are published before they are ready."),
      Field("sessionAffinityConfig", 14, .object(.sessionAffinityConfig), "How a client stays with one pod."),
      Field("ipFamilies", 19, .strings, "Address families of the Service.").rule(
        .atMost(2), .elements(.oneOf(["IPv4", "IPv6"]))),
      Field("ipFamilyPolicy", 17, .string, "How many address families the Service has.").explicit()
        .rule(.oneOf(["PreferDualStack", "RequireDualStack", "SingleStack"])),
      Field("allocateLoadBalancerNodePorts", 20, .bool, "Whether a LoadBalancer gets node ports.").explicit(),
      Field("loadBalancerClass", 21, .string, "The load balancer that is meant.").explicit().rule(
        .format(.qualifiedName)),
      Field("internalTrafficPolicy", 22, .string, "Whether traffic of the cluster stays on its node.")
        .explicit().rule(.oneOf(["Cluster", "Local"])),
      Field("trafficDistribution", 23, .string, "Which pods are preferred.").explicit()
        .rule(.oneOf(["PreferClose", "PreferSameNode", "PreferSameZone"])),
    ],
    advice: { member, _ in
      member == "replicas" ? "a Service has no replicas: they belong to a Deployment or StatefulSet" : nil
    },
    defaulting: ServiceRules.applyDefaults, validation: ServiceRules.validate)

  private static let selectorHint: @Sendable (String, JSONValue) -> String? = { member, value in
    guard case .object(let labels) = value else { return nil }
    guard member == "matchLabels" else {
      return "a Service selects by plain labels: each value is a string"
    }
    let list = labels.map { "\($0.key): \($0.value.string ?? $0.value.jsonText)" }.joined(separator: ", ")
    return "a Service selects by plain labels: write selector: {\(list)}; "
      + "matchLabels belongs to the selectors of Deployments and StatefulSets"
  }

  package static let servicePort = ObjectType(
    .core, "ServicePort", "One port of a Service.",
    [
      Field("name", 1, .string, "Name of the port; needed where there are several.").rule(.format(.dnsLabel)),
      Field("protocol", 2, .string, "Transport protocol.").defaulted("TCP").rule(.transportProtocol),
      Field("appProtocol", 6, .string, "Protocol that is spoken, as a hint.").explicit().rule(.format(.qualifiedName)),
      Field("port", 3, .int32, "Port at the Service's address.").required().rule(.port),
      Field("targetPort", 4, .intOrString, "Port of the pods, by number or by name; `port` if absent."),
      Field("nodePort", 5, .int32, "Port on every node; given out if absent and needed.").rule(.range(0...65535)),
    ],
    advice: { member, value in
      switch member {
      case "containerPort": "a Service names the pods' port targetPort: write targetPort: \(value.jsonText)"
      case "hostPort": "hostPort belongs to the ports of a container; a Service has nodePort"
      default: nil
      }
    },
    defaulting: { port in
      if port["targetPort"] == nil || port["targetPort"] == 0 || port["targetPort"] == "" {
        port["targetPort"] = port["port"]
      }
    },
    validation: { port, path, errors in
      let path = path.appending("targetPort")
      switch port["targetPort"] {
      case .some(.int): ValueRule.port.check(port["targetPort"] ?? 0, at: path, into: &errors)
      case .some(.string): ValueRule.format(.portName).check(port["targetPort"] ?? "", at: path, into: &errors)
      default: break
      }
    })

  package static let sessionAffinityConfig = ObjectType(
    .core, "SessionAffinityConfig", "How a client stays with one pod.",
    [Field("clientIP", 1, .object(.clientIPConfig), "By the client's address.")])

  package static let clientIPConfig = ObjectType(
    .core, "ClientIPConfig", "How long a client's address stays with one pod.",
    [
      Field("timeoutSeconds", 1, .int32, "Seconds since the client's last connection.").explicit()
        .rule(.range(1...86_400))
    ])

  package static let serviceStatus = ObjectType(
    .core, "ServiceStatus", "Observed state of a Service.",
    [
      Field("loadBalancer", 1, .object(.loadBalancerStatus), "Addresses given by a load balancer."),
      Field("conditions", 2, .objects(.condition, keys: "type"), "Aspects of its state."),
    ])

  package static let loadBalancerStatus = ObjectType(
    .core, "LoadBalancerStatus", "Addresses given by a load balancer.",
    [Field("ingress", 1, .objects(.loadBalancerIngress), "The addresses.")])

  package static let loadBalancerIngress = ObjectType(
    .core, "LoadBalancerIngress", "One address of a load balancer.",
    [
      Field("ip", 1, .string, "As an IP address."),
      Field("hostname", 2, .string, "As a name."),
      Field("ipMode", 3, .string, "Whether packets arrive with this address as destination.").explicit()
        .rule(.oneOf(["Proxy", "VIP"])),
      Field("ports", 4, .objects(.portStatus), "Its ports."),
    ])

  package static let portStatus = ObjectType(
    .core, "PortStatus", "One port of a load balancer.",
    [
      Field("port", 1, .int32, "Number of the port.").required(),
      Field("protocol", 2, .string, "Transport protocol.").required().rule(.transportProtocol),
      Field("error", 3, .string, "What is wrong with the port.").explicit(),
    ])
}
