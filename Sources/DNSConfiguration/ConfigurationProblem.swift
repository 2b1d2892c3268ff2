// SPDX-License-Identifier: Apache-2.0

/// A setting that cannot be used: where it stands, what was found, and what is allowed.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the value comes from: `--ttl`, `CALLSIGN_DNS_TTL`, or `dns.yaml:7`.
  package var place: String
  /// The setting's key, `forward.upstreams`; empty where the place says it already.
  package var key: String
  package var message: String

  package init(place: String, key: String = "", message: String) {
    self.place = place
    self.key = key
    self.message = message
  }

  package var description: String { key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)" }
}

/// What is wrong with one value, before it is known where the value stands.
struct ValueMistake: Error, Hashable, Sendable {
  var message: String

  init(_ message: String) { self.message = message }

  init(found: String, allowed: String) { message = "found \"\(found)\"; allowed: \(allowed)" }
}
