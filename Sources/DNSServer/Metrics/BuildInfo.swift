// SPDX-License-Identifier: Apache-2.0
package import Observability

/// What runs, as metrics that are always 1, and that it has not panicked. CoreDNS' names are there for dashboards.
package struct BuildInfo: MetricsSource {
  private let version: String
  private let revision: String

  package init(version: String, revision: String = "") {
    self.version = version
    self.revision = revision
  }

  package func writeMetrics(to text: inout MetricsText) {
    text.begin("coredns_build_info", .gauge, help: "The server's version, under the name that dashboards read.")
    text.sample([("goversion", ""), ("revision", revision), ("version", version)], 1)
    text.begin("callsign_build_info", .gauge, help: "The server's version.")
    text.sample([("revision", revision), ("version", version)], 1)
    text.begin("coredns_panics_total", .counter, help: "Always 0: a mistake of the program's ends the process.")
    text.sample([], 0)
  }
}
