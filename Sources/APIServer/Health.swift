// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import HummingbirdCore
import KubeModel

/// Something that must work before `/readyz` says `ok`.
package struct ReadinessCheck: Sendable {
  /// A short name: `dns`.
  package let name: String
  /// Nil where it works, else what is missing.
  package let problem: @Sendable () async -> String?

  package init(_ name: String, problem: @escaping @Sendable () async -> String?) {
    self.name = name
    self.problem = problem
  }
}

extension RequestHandler {
  /// `/readyz`, `/livez`, `/healthz`, with `?verbose` and `?exclude=NAME`, and single checks at `/readyz/NAME`.
  func health(_ endpoint: String, check: String?, _ query: Query) async -> Response {
    var checks = [ReadinessCheck("ping") { nil }]
    if endpoint == "readyz" { checks += readiness }
    if let check {
      guard let one = checks.first(where: { $0.name == check }) else { return .status(.noSuchPath) }
      checks = [one]
    }
    var lines: [String] = []
    var failed = false
    for check in checks where check.name != query["exclude"] {
      if let problem = await check.problem() {
        failed = true
        lines.append("[-]\(check.name) failed: \(problem)")
      } else {
        lines.append("[+]\(check.name) ok")
      }
    }
    if failed {
      return .text((lines + ["\(endpoint) check failed", ""]).joined(separator: "\n"), status: .internalServerError)
    }
    guard query.has("verbose") else { return .text("ok") }
    return .text((lines + ["\(endpoint) check passed", ""]).joined(separator: "\n"))
  }
}

/// What `/version` says.
enum ServerVersion {
  /// The release of Kubernetes whose behaviour is the measure.
  static let document: JSONValue = [
    "major": "1", "minor": "36", "gitVersion": "v1.36.0+callsign", "gitCommit": "", "gitTreeState": "", "buildDate": "",
    "goVersion": "", "compiler": "swift", "platform": "linux",
  ]
}
