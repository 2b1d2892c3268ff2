// SPDX-License-Identifier: Apache-2.0
import DNSServer
import KubeModel

extension Setting {
  static let kubernetes: [Setting] = [
    boolean(
      "kubernetes.enabled", \.kubernetes.isEnabled, live: false,
      "Whether names come from a Kubernetes cluster. They do without it where kubernetes.kubeconfig is given, and in a "
        + "pod where there are no objects."),
    Setting(
      "kubernetes.kubeconfig", "PATH", default: [], live: false,
      "A kubeconfig file, or in-cluster for the pod's service account. None: the service account in a pod, elsewhere "
        + "what kubectl takes (KUBECONFIG, ~/.kube/config)."
    ) { value, settings throws(ValueMistake) in settings.kubernetes.kubeconfig = try value.single() },
    text(
      "kubernetes.context", "NAME", \.kubernetes.context, most: 253, live: false,
      "The context of the kubeconfig file; none for its current one."),
    Setting(
      "kubernetes.namespaces", "NAME…", default: [], live: false,
      "The only namespaces that are known here, each listed and watched by itself; none for all."
    ) { value, settings throws(ValueMistake) in
      settings.kubernetes.namespaces = try namespaces(value)
    },
    Setting(
      "kubernetes.serviceSelector", "SELECTOR", default: [], live: false,
      "Only Services with these labels have names: app=web,tier in (a,b),!test."
    ) { value, settings throws(ValueMistake) in settings.kubernetes.serviceSelector = try selector(value) },
    Setting(
      "kubernetes.namespaceSelector", "SELECTOR", default: [], live: false,
      "Only namespaces with these labels are known here."
    ) { value, settings throws(ValueMistake) in settings.kubernetes.namespaceSelector = try selector(value) },
    Setting(
      "kubernetes.staleAfter", "SECONDS", default: ["0"], live: false,
      "How long the API server may say nothing until this server is not ready; answers go on. 0 for ever, or "
        + "\(KubernetesSettings.staleTimes.lowerBound) to \(KubernetesSettings.staleTimes.upperBound)."
    ) { value, settings throws(ValueMistake) in
      let seconds: Int64 = try value.number(in: 0...KubernetesSettings.staleTimes.upperBound)
      guard seconds == 0 || KubernetesSettings.staleTimes.contains(seconds) else {
        throw ValueMistake(
          found: "\(seconds)",
          allowed: "0, or at least \(KubernetesSettings.staleTimes.lowerBound): an API server that has nothing to tell "
            + "says so about once a minute")
      }
      settings.kubernetes.staleSeconds = seconds
    },
    Setting(
      "kubernetes.fallback", "ADDRESS…", default: [],
      "Servers that are asked for the cluster's names until all of them are known here, and while the API server has "
        + "been away for kubernetes.staleAfter: ADDRESS or ADDRESS:PORT."
    ) { value, settings throws(ValueMistake) in settings.server.forwarding.fallback = try value.upstreams() },
    number(
      "kubernetes.checkInterval", "SECONDS", \.kubernetes.checkSeconds, in: 0...86_400, live: false,
      "The time between two comparisons of what is known with what the API server has; 0 for none."),
    boolean(
      "kubernetes.watchList", \.kubernetes.usesWatchList, live: false,
      "Whether the objects that there are come in the watch itself, where the API server knows how."),
    boolean(
      "kubernetes.protobuf", \.kubernetes.usesProtobuf, live: false,
      "Whether the API server is asked for protobuf, and for JSON only where it has none."),
  ]

  /// Namespaces that are followed at most.
  package static let maximumNamespaces = 100

  private static func namespaces(_ value: SettingValue) throws(ValueMistake) -> [String] {
    guard value.items.count <= maximumNamespaces else {
      throw ValueMistake(
        "found \(value.items.count) namespaces; at most \(maximumNamespaces) are allowed: choose them by their labels "
          + "(kubernetes.namespaceSelector)")
    }
    for item in value.items where ValueFormat.dnsLabel.problem(of: item) != nil {
      throw ValueMistake(found: item, allowed: "names of namespaces: lower case letters, digits and -, at most 63")
    }
    return value.items
  }

  /// Commas stand between the parts of a selector, as they do between the items of a list.
  private static func selector(_ value: SettingValue) throws(ValueMistake) -> String {
    let text = value.items.joined(separator: ",")
    do throws(SelectorSyntaxError) { _ = try LabelSelector(text: text) } catch { throw ValueMistake("\(error)") }
    return text
  }
}
