// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What a pod may ask for but does not get here: it is told so, instead of running as something else.
enum MissingParts {
  private static let sharedNamespaces = ["hostPID", "hostIPC", "shareProcessNamespace"]

  /// - Throws: an error of code `configuration` that names the field.
  static func check(_ pod: Pod, nodeLabels: [String: String]) throws(RuntimeError) {
    for name in sharedNamespaces where pod.spec[name]?.bool == true {
      throw RuntimeError(.configuration, "spec.\(name) is not there yet")
    }
    let selector = pod.spec["nodeSelector"]?.stringMap ?? [:]
    for (label, value) in selector.sorted(by: { $0.key < $1.key }) where nodeLabels[label] != value {
      throw RuntimeError(
        .configuration, "spec.nodeSelector: the one node there is, \(pod.nodeName), has no label \(label)=\(value)")
    }
  }
}
