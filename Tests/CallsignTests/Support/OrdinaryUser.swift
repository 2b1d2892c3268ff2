// SPDX-License-Identifier: Apache-2.0
import Testing

/// A user of the machine without any rights, made for a test.
enum OrdinaryUser {
  /// Gives `body` a place whose programs run as such a user.
  static func with(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (Site) async throws -> Void
  ) async throws {
    let name = "callsign-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
    var site = Site(root: "/tmp/\(name)")
    // `useradd` gives it ranges of sub-ids too, in /etc/subuid and /etc/subgid.
    try await Program.run(["useradd", "--create-home", "--home-dir", site.root, name]).succeeded()
    do {
      // Where Callsign was built may be closed to others.
      site.program = "\(site.root)/callsign"
      try await Program.run(["cp", Program.callsign, site.program]).succeeded()
      site.wrapper = ["setpriv", "--reuid", name, "--regid", name, "--init-groups", "env", "HOME=\(site.root)"]
      try await site.use(sourceLocation: sourceLocation, body)
    } catch {
      await Task { _ = try? await Program.run(["userdel", "--remove", name]) }.value
      throw error
    }
    try await Program.run(["userdel", name]).succeeded(sourceLocation: sourceLocation)
  }
}
