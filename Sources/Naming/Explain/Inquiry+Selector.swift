// SPDX-License-Identifier: Apache-2.0
import KubeModel

extension Inquiry {
  /// The selector of a Service matches no pod of its namespace.
  mutating func inquire(
    nobodyIn pods: [Pod], _ service: Service, _ selector: LabelSelector, _ weight: Finding.Weight
  ) {
    let workloads = objects.workloads(in: service.metadata.namespace)
    if let maker = workloads.first(where: { selector.matches($0.templateLabels) }) {
      return add(maker, of: selector, weight)
    }
    let candidates =
      pods.map { (object: $0.object, labels: $0.metadata.labels) }
      + workloads.map { (object: $0, labels: $0.templateLabels) }
    let nearest = SelectorMatch.nearest(selector, candidates)
    if addPodsElsewhere(service, selector, weight) {
      // Those have all that is asked for; one here that has little of it is not what is meant.
      if let nearest, nearest.match.isNear { add(nearest.match, of: nearest.object, service, selector, .note) }
    } else if let nearest {
      add(nearest.match, of: nearest.object, service, selector, weight)
    } else {
      let namespace = service.metadata.namespace
      add(
        Finding(
          .selectorMatchesNothing, weight: weight, object: service.id.object, field: "spec.selector",
          found: selector.text,
          pods.isEmpty
            ? "selects \(selector.text), and there is no pod in namespace \"\(namespace)\""
            : "selects \(selector.text), and no pod in namespace \"\(namespace)\" has any of these keys",
          remedy: "create pods with the labels \(selector.text), or correct spec.selector"))
    }
  }

  /// What would make the pods, and has made none.
  private mutating func add(_ maker: KubeObject, of selector: LabelSelector, _ weight: Finding.Weight) {
    let isZero = maker[at: "spec", "replicas"]?.int == 0
    add(
      Finding(
        isZero ? .scaledToZero : .selectorMatchesNothing, weight: weight, object: maker.objectName,
        field: "spec.replicas", found: maker[at: "spec", "replicas"]?.int.map(String.init),
        wanted: isZero ? "1 or more" : nil,
        isZero
          ? "would make pods with the labels \(selector.text), and has 0 replicas"
          : "makes pods with the labels \(selector.text), and has made none yet",
        remedy: isZero ? "set spec.replicas of \(maker.objectName)" : "look at the events of \(maker.objectName)"))
  }

  /// How the labels of a pod, or of a workload's pods, differ from what a Service selects.
  private mutating func add(
    _ match: SelectorMatch, of object: KubeObject, _ service: Service, _ selector: LabelSelector,
    _ weight: Finding.Weight
  ) {
    for difference in match.differences {
      let change = object.resource == .pods
        ? objects.change(label: difference.key, of: Pod(object), to: difference.wanted)
        : objects.change(label: difference.key, ofTemplate: object, to: difference.wanted)
      add(
        Finding(
          .selectorMatchesNothing, weight: weight, object: service.id.object, field: "spec.selector[\(difference.key)]",
          found: difference.wanted, wanted: difference.found,
          "selects \(selector.text), which no pod matches; the nearest, \(object.objectName), \(difference.what)",
          remedy: correction(difference, in: service) + (change.map { ", or \($0)" } ?? "")))
    }
  }

  /// How a Service comes to select what has another label.
  func correction(_ difference: SelectorMatch.Difference, in service: Service) -> String {
    let object = service.id.object
    return difference.found.map { "set spec.selector[\(difference.key)] of \(object) to \"\($0)\"" }
      ?? "remove \(difference.key) from spec.selector of \(object)"
  }

  /// What of its labels keeps a pod from being selected.
  mutating func addNotSelected(_ pod: Pod, _ service: Service) {
    guard let selector = service.selector else { return }
    // They would be lost with another selector.
    let isOfOthers = objects.pods(in: service.metadata.namespace).contains { selector.matches($0.metadata.labels) }
    for difference in SelectorMatch(selector, pod.metadata.labels).differences {
      add(
        Finding(
          .podNotSelected, object: pod.object.objectName, field: "metadata.labels[\(difference.key)]",
          found: difference.found, wanted: difference.wanted,
          "\(difference.what), and \(service.id.object) selects \(difference.key)=\(difference.wanted)",
          remedy: objects.change(label: difference.key, of: pod, to: difference.wanted)
            ?? (isOfOthers ? "" : correction(difference, in: service) + ", or ")
            + objects.replacement(label: difference.key, of: pod, difference.wanted)))
    }
  }

  /// Pods of other namespaces that have the labels. False where there are none.
  private mutating func addPodsElsewhere(
    _ service: Service, _ selector: LabelSelector, _ weight: Finding.Weight
  ) -> Bool {
    let own = service.metadata.namespace
    let others = objects.pods(in: nil).filter {
      $0.metadata.namespace != own && !$0.hasEnded && selector.matches($0.metadata.labels)
    }
    guard let first = others.first else { return false }
    let namespaces = Set(others.map(\.metadata.namespace)).sorted().map { "\"\($0)\"" }
    let place = namespaces.count == 1 ? "namespace \(namespaces[0])" : "the namespace of its pods"
    add(
      Finding(
        .podsElsewhere, weight: weight, object: first.object.objectName, field: "metadata.namespace",
        found: first.metadata.namespace, wanted: own,
        "has the labels \(selector.text), in namespace \(namespaces.listed); \(service.id.object) selects pods of "
          + "namespace \"\(own)\" alone",
        remedy: "create the Service in \(place), or its pods in namespace \"\(own)\""))
    return true
  }
}
