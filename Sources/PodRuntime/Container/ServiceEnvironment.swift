// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// Variables that tell a container the addresses of Services, as Docker links did.
///
/// Source: Kubernetes, "Accessing the Service: Environment Variables".
enum ServiceEnvironment {
  /// Services of the pod's namespace unless `enableServiceLinks` is false; `default/kubernetes` in any case.
  static func variables(for pod: Pod, services: [Service]) -> [(String, String)] {
    let wantsLinks = pod.spec["enableServiceLinks"]?.bool ?? true
    var result: [(String, String)] = []
    for service in services {
      let metadata = service.metadata
      let isAPI = metadata.namespace == "default" && metadata.name == "kubernetes"
      guard isAPI || (wantsLinks && metadata.namespace == pod.metadata.namespace) else { continue }
      guard !service.isHeadless, !service.isExternalName, let address = service.clusterIPs.first,
        let first = service.ports.first
      else { continue }
      let name = variableName(metadata.name)
      result.append(("\(name)_SERVICE_HOST", address))
      result.append(("\(name)_SERVICE_PORT", String(first.port)))
      for port in service.ports where !port.name.isEmpty {
        result.append(("\(name)_SERVICE_PORT_\(variableName(port.name))", String(port.port)))
      }
      let host = address.contains(":") ? "[\(address)]" : address
      result.append(("\(name)_PORT", "\(first.transport.lowercased())://\(host):\(first.port)"))
      for port in service.ports {
        let transport = port.transport.lowercased()
        let prefix = "\(name)_PORT_\(port.port)_\(port.transport)"
        result.append((prefix, "\(transport)://\(host):\(port.port)"))
        result.append((prefix + "_PROTO", transport))
        result.append((prefix + "_PORT", String(port.port)))
        result.append((prefix + "_ADDR", address))
      }
    }
    return result
  }

  private static func variableName(_ name: String) -> String {
    name.uppercased().replacing("-", with: "_")
  }
}
