// SPDX-License-Identifier: Apache-2.0
import DNSServer
import Testing

@testable import DNSConfiguration

@Suite("Files that name servers")
struct ResolverFileTests {
  @Test("The servers of a file, as resolv.conf(5)")
  func resolverFile() throws {
    try ConfigurationTests.withFile("# a\nsearch x\nnameserver 10.0.0.1\nnameserver fd00::1\n") { path in
      let loaded = try ConfigurationTests.load(["--forward-upstreams", "\(path),10.0.0.9,10.0.0.1"])
      #expect(loaded.configuration.server.forwarding.upstreams.map(\.description)
        == ["10.0.0.1:53", "[fd00::1]:53", "10.0.0.9:53"])
      #expect(try ConfigurationTests.problems(["--notify-peers", path]).contains("allowed: ADDRESS"))
    }
    try ConfigurationTests.withFile("search x\n") { path in
      let problem = try ConfigurationTests.problems(["--forward-upstreams", path])
      #expect(problem == "--forward-upstreams: \(path) names no server")
    }
    #expect(
      try ConfigurationTests.problems(["--forward-upstreams", "/nowhere/resolv.conf"])
        == "--forward-upstreams: /nowhere/resolv.conf cannot be read: there is no such file")
  }
}
