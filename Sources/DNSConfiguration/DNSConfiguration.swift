// SPDX-License-Identifier: Apache-2.0
package import DNSServer
import DNSWire
package import Naming
package import Observability

/// All settings of `callsign dns`.
package struct DNSConfiguration: Sendable {
  /// Where DNS is served over UDP and TCP.
  package var listen = [ListenAddress(nil, port: Upstream.standardPort)]
  /// Where DNS is served over TLS.
  package var listenTLS: [ListenAddress] = []
  /// Where DNS is served over HTTPS.
  package var listenHTTPS: [ListenAddress] = []
  /// Where DNS is served over HTTP without TLS.
  package var listenHTTP: [ListenAddress] = []
  /// UDP sockets an address, and so threads.
  package var workers = 1
  package var naming = NamingSettings()
  package var server = DNSServerSettings()
  package var notify = NotifySettings()
  package var observability = ObservabilitySettings()
  /// Whether `/explain` is served beside the metrics.
  package var explains = true
  /// Files and folders of manifests whose objects are served.
  package var objects: [String] = []
  /// The cluster whose objects are served.
  package var kubernetes = KubernetesSettings()
  /// Whether the program runs in a pod of a Kubernetes cluster, which tells it so by `KUBERNETES_SERVICE_HOST`.
  package var isInCluster = false
  /// What is written to standard error.
  package var logLevel = ConfigurationLogLevel.info
  /// The paths of certificate and key, as long as not both are given.
  var certificate = "" { didSet { joinTLS() } }
  var key = "" { didSet { joinTLS() } }

  package init() { server.lameduckSeconds = 5 }

  private mutating func joinTLS() {
    server.tls = certificate.isEmpty || key.isEmpty ? nil : TLSFiles(certificate: certificate, key: key)
  }
}

/// What is written to standard error.
package enum ConfigurationLogLevel: String, CaseIterable, Sendable {
  case error, warning, info, debug, trace
}
