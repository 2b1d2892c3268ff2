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
  fileprivate struct PodEntry: Equatable {
    /// Empty for a pod on the machine's network, whose address is not its own.
    var addresses: [HostAddress]
    /// `HOST.SUBDOMAIN.NS`, lower case; nil where the pod is to have no name.
    var name: String?
  }

  fileprivate struct State {
    var pods: [ObjectName: PodEntry] = [:]
    var sets: [ObjectName: StatefulSetFacts] = [:]
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

  /// Takes changes of objects in.
  package func apply(_ changes: [ObjectChange]) { apply(facts: changes.compactMap { PodChange($0) }) }

  /// Takes changes in.
  /// - Returns: false if all of it was known.
  @discardableResult
  package func apply(facts changes: [PodChange]) -> Bool {
    state.withLock { state in
      var isChanged = false
      for change in changes {
        switch change {
        case .pod(let namespace, let name, let facts):
          isChanged = state.setPod(ObjectName(namespace: namespace, name: name), facts) || isChanged
        case .statefulSet(let namespace, let name, let facts):
          let name = ObjectName(namespace: namespace, name: name)
          isChanged = isChanged || state.sets[name] != facts
          state.sets[name] = facts
        }
      }
      return isChanged
    }
  }

  /// How many pods and StatefulSets there are.
  package var counts: (pods: Int, statefulSets: Int) { state.withLock { ($0.pods.count, $0.sets.count) } }

  /// What removes each pod, or each StatefulSet, that `isKept` does not want.
  /// - Parameter scope: the namespace that is looked at; `nil` for all.
  package func removals(
    ofPods: Bool, in scope: String?, unless isKept: (_ namespace: [UInt8], _ name: [UInt8]) -> Bool
  ) -> [PodChange] {
    let names = state.withLock { ofPods ? Array($0.pods.keys) : Array($0.sets.keys) }
    return names.compactMap { name in
      guard scope == nil || scope == name.namespace, !isKept(Array(name.namespace.utf8), Array(name.name.utf8)) else {
        return nil
      }
      return ofPods
        ? .pod(namespace: name.namespace, name: name.name, nil)
        : .statefulSet(namespace: name.namespace, name: name.name, nil)
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
  /// True if what is known of the pod changes by it.
  fileprivate mutating func setPod(_ name: PodDirectory.ObjectName, _ facts: PodFacts?) -> Bool {
    let entry = facts.flatMap { Self.entry($0, name.namespace) }
    let last = pods[name]
    guard entry != last else { return false }
    if let last {
      if let text = last.name, let count = names[text] { names[text] = count > 1 ? count - 1 : nil }
      for address in last.addresses {
        namespaces[address]?.removeAll { $0 == name }
        if namespaces[address]?.isEmpty == true { namespaces[address] = nil }
      }
    }
    pods[name] = entry
    guard let entry else { return true }
    if let text = entry.name { names[text, default: 0] += 1 }
    for address in entry.addresses { namespaces[address, default: []].append(name) }
    return true
  }

  private static func entry(_ pod: PodFacts, _ namespace: String) -> PodDirectory.PodEntry? {
    guard !pod.hasEnded else { return nil }
    let isNamed = !pod.hostname.isEmpty && !pod.subdomain.isEmpty
    return PodDirectory.PodEntry(
      addresses: pod.usesHostNetwork ? [] : pod.addresses,
      name: isNamed ? "\(pod.hostname).\(pod.subdomain).\(namespace)".lowercased() : nil)
  }
}
