// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

extension ClientConfiguration {
  /// Where a pod finds its service account.
  package static let serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

  /// Whether this process runs in a pod of a cluster.
  package static func isInCluster(value: (String) -> String? = ChildProcess.environmentValue) -> Bool {
    value("KUBERNETES_SERVICE_HOST")?.isEmpty == false
  }

  /// The cluster in whose pod this process runs, as its service account. Token and authorities are read again as the
  /// kubelet replaces them.
  /// - Parameters:
  ///   - folder: of the service account.
  ///   - value: gives a variable of the environment.
  package static func inCluster(
    folder: String = serviceAccountFolder, clock: some Clock<Duration> = ContinuousClock(),
    value: (String) -> String? = ChildProcess.environmentValue
  ) throws(ClientConfigurationError) -> ClientConfiguration {
    guard let host = value("KUBERNETES_SERVICE_HOST"), !host.isEmpty else {
      throw ClientConfigurationError(
        "this process runs in no pod of a cluster: KUBERNETES_SERVICE_HOST is not set; name a kubeconfig file")
    }
    let portText = value("KUBERNETES_SERVICE_PORT") ?? ""
    let shown = host.contains(":") ? "[\(host)]" : host
    guard let endpoint = HostPort("\(shown):\(portText)", port: 443) else {
      throw ClientConfigurationError(
        "KUBERNETES_SERVICE_HOST \"\(host)\" and KUBERNETES_SERVICE_PORT \"\(portText)\" are no host and port")
    }
    for name in ["token", "ca.crt"] where !Files.exists("\(folder)/\(name)") {
      throw ClientConfigurationError(
        file: "\(folder)/\(name)",
        "no such file: the pod has no service account mounted (automountServiceAccountToken must not be false)")
    }
    let namespace = (try? Files.readText("\(folder)/namespace")).map { $0.filter { !$0.isWhitespace } } ?? ""
    let stored = StoredCredentials(token: .file("\(folder)/token", fallback: nil), place: folder)
    return ClientConfiguration(
      server: ServerURL(host: endpoint.host, port: endpoint.port), trust: .file("\(folder)/ca.crt"),
      credentials: CredentialReader(stored, clock: clock), namespace: namespace.isEmpty ? "default" : namespace,
      origin: "the pod's service account")
  }
}
