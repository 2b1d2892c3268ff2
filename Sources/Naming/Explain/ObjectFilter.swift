// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// The objects of a cluster that a server was set to serve; to it there are no others.
package struct ObjectFilter: Sendable, Hashable {
  /// Empty for all.
  package var namespaces: [String]
  /// What the labels of a namespace have to be.
  package var namespaceSelector: LabelSelector
  /// What the labels of a Service have to be.
  package var serviceSelector: LabelSelector

  package init(
    namespaces: [String] = [], namespaceSelector: LabelSelector = LabelSelector(),
    serviceSelector: LabelSelector = LabelSelector()
  ) {
    self.namespaces = namespaces
    self.namespaceSelector = namespaceSelector
    self.serviceSelector = serviceSelector
  }

  /// A setting that leaves an object out.
  struct Exclusion: Sendable, Hashable {
    var object: ObjectName
    var setting: String
    /// What the object would need, as the setting has it.
    var wanted: String
    var isOfLabels = true
  }

  /// - Parameter namespace: its object; nil where that is not known.
  func exclusion(ofNamespace name: String, _ namespace: KubeObject?) -> Exclusion? {
    let object = ObjectName(APIResource.namespaces.kind, name)
    if !namespaces.isEmpty, !namespaces.contains(name) {
      let list = namespaces.joined(separator: ",")
      return Exclusion(object: object, setting: "kubernetes.namespaces", wanted: list, isOfLabels: false)
    }
    guard let namespace, !namespaceSelector.matches(namespace.metadata.labels) else { return nil }
    return Exclusion(object: object, setting: "kubernetes.namespaceSelector", wanted: namespaceSelector.text)
  }

  func exclusion(of service: Service) -> Exclusion? {
    guard !serviceSelector.matches(service.metadata.labels) else { return nil }
    return Exclusion(object: service.id.object, setting: "kubernetes.serviceSelector", wanted: serviceSelector.text)
  }
}

extension Inquiry {
  /// That there is an object, and the server was set to leave it out.
  mutating func add(_ exclusion: ObjectFilter.Exclusion) {
    add(
      Finding(
        .leftOut, object: exclusion.object, field: exclusion.isOfLabels ? "metadata.labels" : "",
        wanted: exclusion.wanted,
        exclusion.isOfLabels
          ? "is left out by this server: \(exclusion.setting) asks for the labels \(exclusion.wanted)"
          : "is left out by this server: \(exclusion.setting) has \(exclusion.wanted) alone",
        remedy: exclusion.isOfLabels
          ? "change the labels of \(exclusion.object), or the setting \(exclusion.setting)"
          : "change the setting \(exclusion.setting)"))
  }
}
