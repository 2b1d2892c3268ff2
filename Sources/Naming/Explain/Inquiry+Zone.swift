// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel

extension Inquiry {
  /// Whether there is such a namespace; a cause where there is not.
  mutating func requireNamespace(_ name: String) -> Bool {
    if let exclusion = objects.exclusion(ofNamespace: name) {
      add(exclusion)
      return false
    }
    let namespace = objects.namespace(name)
    var isThere = namespace != nil || !objects.services(in: name).isEmpty
    if !isThere, !objects.reads(.namespaces, in: nil) || !objects.reads(.services, in: name) {
      // The objects do not tell; that there are names in it does.
      isThere = evidence.snapshot.namespaces.contains(name)
      // Whether it is missing is not known, and what follows is looked at all the same.
      if !isThere, !knows(.namespaces) { return true }
    }
    guard isThere else {
      if addMisplaced(name) { return false }
      let nearest = SimilarName.nearest(to: name, among: objects.namespaceNames)
      isNear = nearest != nil
      add(
        Finding(
          .namespaceMissing, object: ObjectName("Namespace", name), wanted: nearest,
          "does not exist" + (nearest.map { "; there is \"\($0)\"" } ?? ""),
          remedy: nearest.map { correction(name, $0) }
            ?? "write the namespace that the Service stands in"
            + (Self.isObjectName(name) ? ", or create \"\(name)\"" : "")))
      return false
    }
    depth = max(depth, 2)
    check(ObjectName("Namespace", name), "exists")
    if namespace?.isTerminating == true {
      add(
        Finding(
          .namespaceTerminating, weight: .note, object: ObjectName("Namespace", name),
          field: "metadata.deletionTimestamp",
          "is being deleted, and its Services with it"))
    }
    return true
  }

  /// That a Service stands where its namespace would: the two are swapped, or the namespace was left out. False where
  /// there is no such Service.
  private mutating func addMisplaced(_ label: String) -> Bool {
    let labels = Array(name.labelTexts.dropLast(evidence.settings.zone.labels.count))
    guard labels.suffix(2) == [label, "svc"] else { return false }
    var front = Array(labels.dropLast(2))
    let services = objects.services(in: nil).map(\.id)
    var meant = services.filter { $0.name == label && $0.namespace == front.last }
    let isSwapped = !meant.isEmpty
    if isSwapped {
      front.removeLast()
    } else {
      // `web.api.svc`: where there is a Service `web`, it is meant, in another namespace.
      if let before = front.last, services.contains(where: { $0.name == before }) { return false }
      meant = services.filter { $0.name == label }
    }
    guard let first = meant.first else { return false }
    isNear = true
    let text = isSwapped ? "its name comes before that of its namespace" : "its namespace is missing before \"svc\""
    let names = meant.map { (front + [dnsName($0)]).joined(separator: ".") }
    add(
      Finding(
        .namespaceMissing, object: ObjectName("Namespace", label), wanted: first.namespace,
        "does not exist, and \(first.object) does: \(text)", remedy: "ask for \(names.listed)"))
    return true
  }

  /// Whether an object that names come from can be called so: a label of RFC 1123.
  static func isObjectName(_ label: String) -> Bool {
    let octets = Array(label.utf8)
    return (1...DNSWire.Name.maximumLabelLength).contains(octets.count) && octets.first != UInt8(ascii: "-")
      && octets.last != UInt8(ascii: "-")
      && octets.allSatisfy { octet in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(octet)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) || octet == UInt8(ascii: "-")
      }
  }

  /// A name with `*` for one of its labels, which stands for nothing here.
  mutating func inquire(wildcard labels: [String]) {
    add(
      Finding(
        .wildcard, found: "*",
        "there are no wildcards in the names of a cluster: \"*\" is a label like any other, and no object is called so",
        remedy: "ask for one name, or list the objects: kubectl get services --all-namespaces"))
  }

  /// `NS.svc.ZONE`
  mutating func inquire(namespace: String, _ branch: String) {
    if branch == "pod", !requirePodNames() { return }
    guard requireNamespace(namespace) else { return }
    guard verdict == .noData else { return }
    let services = objects.services(in: namespace).map(\.metadata.name)
    let example = branch == "pod" ? "10-244-0-7" : services.first ?? "SERVICE"
    add(
      Finding(
        .noRecords, "this is the name of a namespace, which has no records itself"
          + (branch == "svc" && !services.isEmpty ? "; its Services are \(services.listed)" : ""),
        remedy: "put a label in front: \(example).\(namespace).\(branch).\(zone)"))
  }

  /// More labels than names have.
  mutating func inquire(_ labels: [String], deeperThan longest: Int, _ branch: String) {
    let form = branch == "pod" ? "ADDRESS.NAMESPACE.pod.\(zone)" : "_PORT._PROTOCOL.SERVICE.NAMESPACE.svc.\(zone)"
    let repeated = labels.firstIndex(of: branch).map { labels[...$0].joined(separator: ".") + "." + zone }
    let isDoubled = name.text.lowercased().hasSuffix("\(zone).\(labels.suffix(2).joined(separator: ".")).\(zone)")
    add(
      Finding(
        .tooManyLabels, found: "\(labels.count - 1)", wanted: "at most \(longest)",
        "no name has \(labels.count - 1) labels before \"\(branch)\"; the longest form is \(form)",
        remedy: isDoubled ? "write a dot at the end, so that no search path is put behind: \(repeated ?? zone)." : ""))
  }

  /// A name in the zone, below none of its branches.
  mutating func inquire(unknown labels: [String]) {
    let branch = labels[labels.count - 1]
    let branches = evidence.settings.podNames == .disabled ? ["svc"] : ["svc", "pod"]
    if labels.count > 1, let nearest = SpellingDistance.nearest(to: branch, among: branches) {
      let name = (labels.dropLast() + [nearest]).joined(separator: ".") + "." + zone
      isNear = true
      add(
        Finding(
          .svcMissing, found: branch, wanted: nearest, "\"\(branch)\" stands where \"\(nearest)\" would",
          remedy: "ask for \(name)"))
      return
    }
    // `web.shop.ZONE`, or `shop.ZONE`: the last label is a namespace.
    let isNamespace = objects.namespace(branch) != nil || !objects.services(in: branch).isEmpty
    if isNamespace {
      isNear = true
      let name = labels.joined(separator: ".") + ".svc." + zone
      add(
        Finding(
          .svcMissing, found: branch, wanted: "svc", "\"svc\" is missing between the namespace and the zone",
          remedy: "ask for \(name)"))
      return
    }
    let services = objects.services(in: nil).filter { $0.metadata.name == branch }.map { dnsName($0.id) }
    if labels.count == 1, !services.isEmpty {
      isNear = true
      add(
        Finding(
          .svcMissing, found: branch, wanted: "svc",
          "namespace and \"svc\" are missing between the Service and the zone",
          remedy: "ask for \(services.listed)"))
      return
    }
    _ = knows(.namespaces)
    add(
      Finding(
        .nothingThere, "below \(zone) there are only the branches \((branches + ["dns"]).joined(separator: ", ")), and "
          + "dns-version; \"\(branch)\" is none of them",
        remedy: "names of Services have the form SERVICE.NAMESPACE.svc.\(zone)"))
  }
}
