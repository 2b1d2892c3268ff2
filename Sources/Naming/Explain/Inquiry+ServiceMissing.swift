// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// That there is no such Service, and what is there in its place.
  mutating func addServiceMissing(_ id: ServiceID) {
    let names = objects.services(in: id.namespace).map(\.metadata.name)
    let nearest = SimilarName.nearest(to: id.name, among: names)
    isNear = isNear || nearest != nil
    let others =
      nearest.map { "there is \"\($0)\"" }
      ?? "namespace \"\(id.namespace)\" has \(names.isEmpty ? "no Service" : names.listed)"
    let workloads = objects.workloads(in: id.namespace).filter {
      $0.metadata.name == id.name || $0[at: "spec", "serviceName"]?.string == id.name
    }
    let pod = pod(below: id, apartFrom: workloads)
    var remedy = ""
    if let nearest {
      // A pod that is told to stand below a Service tells of that one.
      if pod == nil || answering(id.name, nearest) != nil { remedy = correction(id.name, nearest) }
    } else if workloads.isEmpty, pod == nil, otherNamespaces(id).isEmpty, Self.isObjectName(id.name) {
      remedy = "create a Service \"\(id.name)\" in namespace \"\(id.namespace)\""
    }
    add(
      Finding(.serviceMissing, object: id.object, wanted: nearest, "does not exist; \(others)", remedy: remedy))
    if let pod { addSubdomainWithoutService(id, pod) }
    if let pod = objects.pod(id.namespace, id.name) { addPodWithoutService(pod) }
    for workload in workloads {
      let isNamedAfter = workload[at: "spec", "serviceName"]?.string == id.name
      addWithoutService(
        id, workload, field: isNamedAfter ? "spec.serviceName" : "",
        isNamedAfter ? "has the serviceName \"\(id.name)\"" : "is there, but names come from Services")
    }
  }

  /// The name of a pod, where that of a Service is needed.
  private mutating func addPodWithoutService(_ pod: Pod) {
    isNear = true
    let hostname = pod.hostname.isEmpty ? pod.metadata.name : pod.hostname
    let full = "\(hostname).\(dnsName(ServiceID(name: pod.subdomain, namespace: pod.metadata.namespace)))"
    let isNamed = (try? Name(full)).map { !pod.subdomain.isEmpty && evidence.verdict($0, .a) == .answers } ?? false
    add(
      Finding(
        .workloadWithoutService, weight: .note, object: pod.object.objectName,
        "is there, but a pod's name stands below that of a headless Service",
        remedy: isNamed ? "ask for \(full)" : ""))
  }

  private mutating func addWithoutService(_ id: ServiceID, _ workload: KubeObject, field: String, _ text: String) {
    isNear = true
    add(
      Finding(
        .workloadWithoutService, weight: .note, object: workload.objectName, field: field,
        found: field.isEmpty ? nil : id.name, text,
        remedy: creation(id, isHeadless: workload.resource == .statefulSets, workload.templateLabels)))
  }

  private func creation(_ id: ServiceID, isHeadless: Bool, _ labels: [String: String]) -> String {
    "create a \(isHeadless ? "headless " : "")Service \"\(id.name)\" in namespace \"\(id.namespace)\" that selects "
      + LabelSelector(labels: labels).text
  }

  // MARK: Subdomains

  /// A pod that is told to stand below a Service: the one that is asked for, or else the first.
  /// - Parameter workloads: StatefulSets whose serviceName tells their pods so.
  private func pod(below id: ServiceID, apartFrom workloads: [KubeObject]) -> Pod? {
    let sets = Set(workloads.filter { $0.resource == .statefulSets }.map(\.metadata.name))
    let pods = objects.pods(in: id.namespace).filter { pod in
      guard pod.subdomain == id.name, !pod.hasEnded else { return false }
      let owner = pod.metadata.controller
      return owner?.kind != APIResource.statefulSets.kind || !sets.contains(owner?.name ?? "")
    }
    let label = name.labelTexts.first
    return pods.first { $0.hostname == label } ?? pods.first { $0.metadata.name == label } ?? pods.first
  }

  private mutating func addSubdomainWithoutService(_ id: ServiceID, _ pod: Pod) {
    isNear = true
    var remedy = creation(id, isHeadless: true, objects.lastingLabels(of: pod))
    let headless = objects.services(in: id.namespace).first { service in
      service.isHeadless && service.selector?.matches(pod.metadata.labels) ?? false
    }
    // A StatefulSet gives its pods its serviceName as subdomain.
    if let headless, pod.metadata.controller?.kind != APIResource.statefulSets.kind {
      remedy += ", or " + objects.change("spec.subdomain", of: pod, to: headless.metadata.name)
    }
    add(
      Finding(
        .workloadWithoutService, object: pod.object.objectName, field: "spec.subdomain", found: id.name,
        "has the subdomain \"\(id.name)\", and there is no Service of that name that it could stand below",
        remedy: remedy))
  }
}
