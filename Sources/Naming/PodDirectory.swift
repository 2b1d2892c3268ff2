// SPDX-License-Identifier: Apache-2.0
package import DNSWire
package import KubeModel
import Synchronization

/// Which pods there are, by address, and which names pods are to have once they are ready.
///
/// Names themselves do not need it: it serves questions that come before their names do (`hold`), and names that are
/// completed by the namespace of the pod that asks. Look-ups take a lock, so they do not belong on the path of every
/// question.
package final class PodDirectory: Sendable {
  /// The kinds that it follows.
  package static let resources: [APIResource] = [.pods, .statefulSets]

  fileprivate struct ObjectName: Hashable {
    var namespace: String
    var name: String
  }

  /// What is known of one pod.
  fileprivate struct PodEntry {
    /// Empty for a pod on the machine's network, whose address is not its own.
    var addresses: [HostAddress]
    /// `HOST.SUBDOMAIN.NS`, lower case; nil where the pod is to have no name.
    var name: String?
  }

  /// The pods that one StatefulSet is to have.
  fileprivate struct SetEntry: Hashable {
    var serviceName: String
    var ordinals: Range<Int64>
  }

  fileprivate struct State {
    var pods: [ObjectName: PodEntry] = [:]
    var sets: [ObjectName: SetEntry] = [:]
    /// How many pods are to have a name, by the name.
    var names: [String: Int] = [:]
    /// The pods that have an address; more than one only while one takes another's place.
    var namespaces: [HostAddress: [ObjectName]] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// Applies what `source` tells until it ends or the task is cancelled.
  package func follow(_ source: any ObjectSource) async {
    for await changes in source.changes(of: Self.resources) { apply(changes) }
  }

  /// Takes changes in.
  package func apply(_ changes: [ObjectChange]) {
    state.withLock { state in
      for change in changes {
        switch change {
        case .updated(let object): state.apply(object, exists: true)
        case .deleted(let object): state.apply(object, exists: false)
        case .synced: break
        }
      }
    }
  }

  /// The namespace of the pod that has this address as its own.
  package func namespace(of address: HostAddress) -> String? {
    state.withLock { $0.namespaces[address]?.last?.namespace }
  }

  /// Whether a pod is to have the name `HOST.SERVICE.NAMESPACE` when it is ready: it exists, or its StatefulSet does
  /// and will make it.
  package func expects(host: String, service: String, namespace: String) -> Bool {
    state.withLock { state in
      if state.names["\(host).\(service).\(namespace)"] != nil { return true }
      guard let dash = host.lastIndex(of: "-"), let ordinal = Self.ordinal(host[host.index(after: dash)...]) else {
        return false
      }
      let set = state.sets[ObjectName(namespace: namespace, name: String(host[..<dash]))]
      return set?.serviceName == service && set?.ordinals.contains(ordinal) == true
    }
  }

  /// A number as pods of a StatefulSet carry it: digits, without zeros in front.
  private static func ordinal(_ text: Substring) -> Int64? {
    guard let number = Int64(text), String(number) == text, number >= 0 else { return nil }
    return number
  }
}

extension PodDirectory.State {
  fileprivate mutating func apply(_ object: KubeObject, exists: Bool) {
    let name = PodDirectory.ObjectName(namespace: object.metadata.namespace, name: object.metadata.name)
    switch object.resource {
    case .pods: setPod(name, exists ? Self.entry(Pod(object)) : nil)
    case .statefulSets: sets[name] = exists ? Self.entry(object) : nil
    default: break
    }
  }

  private static func entry(_ pod: Pod) -> PodDirectory.PodEntry? {
    guard !pod.hasEnded else { return nil }
    let isNamed = !pod.hostname.isEmpty && !pod.subdomain.isEmpty
    return PodDirectory.PodEntry(
      addresses: pod.usesHostNetwork ? [] : pod.podIPs.compactMap { HostAddress($0) },
      name: isNamed ? "\(pod.hostname).\(pod.subdomain).\(pod.metadata.namespace)".lowercased() : nil)
  }

  private static func entry(_ set: KubeObject) -> PodDirectory.SetEntry? {
    let spec = set["spec"]
    guard let service = spec?["serviceName"]?.string, !service.isEmpty else { return nil }
    let start = max(0, spec?["ordinals"]?["start"]?.int ?? 0)
    let (end, isOverflow) = start.addingReportingOverflow(max(0, spec?["replicas"]?.int ?? 1))
    return PodDirectory.SetEntry(serviceName: service, ordinals: start..<(isOverflow ? .max : end))
  }

  private mutating func setPod(_ name: PodDirectory.ObjectName, _ entry: PodDirectory.PodEntry?) {
    if let last = pods[name] {
      if let text = last.name, let count = names[text] { names[text] = count > 1 ? count - 1 : nil }
      for address in last.addresses {
        namespaces[address]?.removeAll { $0 == name }
        if namespaces[address]?.isEmpty == true { namespaces[address] = nil }
      }
    }
    pods[name] = entry
    guard let entry else { return }
    if let text = entry.name { names[text, default: 0] += 1 }
    for address in entry.addresses { namespaces[address, default: []].append(name) }
  }
}
