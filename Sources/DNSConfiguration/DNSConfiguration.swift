// SPDX-License-Identifier: Apache-2.0
package import DNSServer
import DNSWire
package import Naming

/// All settings of `callsign dns`.
package struct DNSConfiguration: Sendable {
  /// Where DNS is served over UDP and TCP.
  package var listen = [ListenAddress(nil, port: Upstream.standardPort)]
  /// UDP sockets an address, and so threads.
  package var workers = 1
  package var naming = NamingSettings()
  package var server = DNSServerSettings()
  /// Files and folders of manifests whose objects are served.
  package var objects: [String] = []
  package var logLevel = ConfigurationLogLevel.info

  package init() { server.lameduckSeconds = 5 }
}

/// What is written to standard error.
package enum ConfigurationLogLevel: String, CaseIterable, Sendable {
  case error, warning, info, debug, trace
}
