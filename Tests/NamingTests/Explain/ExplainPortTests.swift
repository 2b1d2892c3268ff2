// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
@testable import Naming
import OrderedCollections
import Testing

/// SRV names, ExternalName Services, and addresses.
@Suite("Explain: ports, aliases, addresses") struct ExplainPortTests {
  static func alias(_ name: String, _ target: String) -> KubeObject {
    Cluster.service(name, ["type": "ExternalName", "externalName": .string(target)])
  }

  static let objects = [
    Cluster.namespace("default"), Cluster.namespace("other"),
    Cluster.service("web", [
      "clusterIPs": ["10.96.0.20"], "selector": ["app": "web"],
      "ports": [["name": "http", "port": 80], ["name": "dns", "port": 53, "protocol": "UDP"]],
    ]),
    Objects.slice("web-a", of: "web", .init(address: "10.244.0.2", pod: "web-1")),
    Objects.pod("web-1", labels: ["app": "web"], ip: "10.244.0.2"),
    Cluster.service("plain", ["clusterIPs": ["10.96.0.21"], "ports": [["port": 80]]]),
    Objects.slice("plain-a", of: "plain", .init(address: "10.244.0.2", pod: "web-1")),
    Cluster.service("named", [
      "clusterIPs": ["None"], "selector": ["app": "web"],
      "ports": [["name": "http", "port": 80, "targetPort": "htpt"], ["name": "raw", "port": 81]],
    ]),
    Objects.slice("named-a", of: "named", ports: [], .init(address: "10.244.0.2", hostname: "web-1", pod: "web-1")),
    Cluster.service("empty", [
      "clusterIPs": ["None"], "selector": ["app": "none"], "ports": [["name": "x", "port": 1]],
    ]),
    Cluster.service("portless", ["clusterIPs": ["None"]]),
    Objects.slice("portless-a", of: "portless", ports: [], .init(address: "10.244.0.3")),
    alias("inside", "web.default.svc.cluster.local"), alias("twice", "inside.default.svc.cluster.local"),
    alias("outside", "db.example.com"), alias("broken", "wbe.default.svc.cluster.local"),
    alias("loop", "back.default.svc.cluster.local"), alias("back", "loop.default.svc.cluster.local"),
    alias("address", "10.0.0.1"), alias("bad", "a..b"),
    Objects.pod("lone", ip: "10.244.0.9"), Objects.pod("far", "other", ip: "10.244.0.10"),
    Cluster.service("late", ["clusterIPs": ["None"]]),
    Objects.slice("late-a", of: "late", .init(address: "10.244.0.11", isReady: false)),
  ]
  static let world = ExplainWorld(objects)

  @Test(arguments: [
    Expected("_http._tcp.web", .srv, .answers, saying: "has the port \"http\": 80/TCP"),
    Expected("_http._udp.web", .srv, .nameError, [.protocolDiffers], saying: "ask for SRV of "
      + "_http._tcp.web.default.svc"),
    Expected("_htpt._tcp.web", .srv, .nameError, [.portMissing], saying: "ask for SRV of _http._tcp.web.default.svc"),
    Expected("_80._tcp.web", .srv, .nameError, [.portMissing], saying: "has the port 80 under the name \"http\""),
    Expected("_metrics._tcp.web", .srv, .nameError, [.portMissing], saying: "its ports are http, dns", "name a port"),
    Expected("http.tcp.web", .srv, .nameError, [.underscoreMissing], saying: "_http._tcp.web.default.svc"),
    Expected("_http.tcp.web", .srv, .nameError, [.underscoreMissing]),
    Expected("a.b.web", .nameError, [.tooManyLabels]),
    Expected("_http._tcp.plain", .srv, .nameError, [.portUnnamed], saying: "give spec.ports[0] of Service "
      + "default/plain a name"),
    Expected("_tcp.plain", .srv, .nameError, [.portUnnamed]),
    Expected("_tcp.web", .srv, .noData, [.noRecords], saying: "_http._tcp"),
    Expected("_sctp.web", .srv, .nameError, [.portMissing]),
    Expected("_http._tcp.web", .a, .noData, [.typeMissing], saying: "it has SRV"),
    Expected("_http._tcp.named", .srv, .nameError, [.targetPortMissing], saying: "\"htpt\""),
    Expected("_raw._tcp.named", .srv, .nameError, [.endpointsMissing], saying: "in none of its EndpointSlices"),
    Expected("_x._tcp.empty", .srv, .nameError, [.selectorMatchesNothing]),
    Expected("portless", .srv, .noData, [.portMissing], saying: "has no ports"),
    Expected("_http._tcp.outside", .srv, .nameError, [.nothingThere]),
  ])
  func ports(_ expected: Expected) throws { try expected.check(Self.world) }

  @Test(arguments: [
    Expected("inside", .answers, saying: "answers: CNAME web.default.svc.cluster.local., A 10.96.0.20"),
    Expected("twice", .answers, saying: "✓ Service default/inside is another name for web.default.svc.cluster.local"),
    Expected("inside", .aaaa, .noData, [.aliasTargetMissing, .familyMissing], saying: "which has no AAAA record"),
    Expected("outside", .cname, .answers), Expected("outside", .txt, .answers),
    Expected("outside", .noData, [.aliasOutside], saying: "the answer is the CNAME alone", "give the server upstreams"),
    Expected("broken", .nameError, [.aliasTargetMissing, .serviceMissing], saying: "ask for "
      + "web.default.svc.cluster.local"),
    Expected("loop", .serverFailure, [.aliasLoop], saying: "default/loop → Service default/back → Service "
      + "default/loop"),
    Expected("address", .noData, [.aliasIsAddress], saying: "EndpointSlice with the address 10.0.0.1"),
    Expected("bad", .noData, [.aliasInvalid], saying: "\"a..b\", which is no domain name"),
  ])
  func aliases(_ expected: Expected) throws {
    var whole = expected
    whole.name += ".default.svc.cluster.local"
    try whole.check(Self.world)
  }

  @Test("A chain out of the cluster goes to where other names are asked for")
  func forwarded() throws {
    try Expected("outside.default.svc.cluster.local", .forwarded, [.aliasOutside], saying: "asked of 192.0.2.1:53")
      .check(ExplainWorld(Self.objects, upstreams: ["192.0.2.1:53"]))
  }

  /// Refuses names of one domain, and asks for others.
  private struct Refusing: ServerConduct {
    let domain: Name?
    func fate(of name: Name, _ type: RecordType) -> OutsideFate { .refused(domain: domain) }
    func holdMilliseconds(_ name: Name, in snapshot: NameSnapshot) -> Int64 { 0 }
    var completesNames: Bool { false }
    var fallback: [String] { [] }
  }

  @Test("A chain to a name that is refused: the server gives the CNAME alone, without an error", arguments: [
    ("example.com", "names at and below example.com are refused by this server: the answer is the CNAME alone"),
    (nil, "names are not asked for: the answer is the CNAME alone"),
  ] as [(String?, String)])
  func refused(domain: String?, text: String) throws {
    let world = ExplainWorld(Self.objects, conduct: Refusing(domain: try domain.map { try Name($0) }))
    for type in [RecordType.a, .aaaa] {
      try Expected("outside.default.svc.cluster.local", type, .noData, [.aliasOutside], saying: text).check(world)
    }
    let explanation = try world.explain("outside.default.svc.cluster.local")
    #expect(explanation.summary.hasSuffix("is another name, for one outside the cluster that nobody is asked for"))
    #expect(explanation.records.map(\.type) == [.cname])
    // The name itself is refused.
    #expect(try world.explain("db.example.com.").verdict == .refused)
  }

  @Test func aLongChain() throws {
    let links = (0..<12).map { Self.alias("a\($0)", "a\($0 + 1).default.svc.cluster.local") }
    try Expected("a0.default.svc.cluster.local", .serverFailure, [.aliasLoop], saying: "leads over more than 8 names")
      .check(ExplainWorld([Cluster.namespace("default")] + links))
  }

  // MARK: Addresses

  @Test(arguments: [
    Expected("10-244-0-9.default.pod.cluster.local", .answers, saying: "Pod default/lone has the address 10.244.0.9"),
    Expected("10-9-9-9.default.pod.cluster.local", .answers, notes: [.podAddressUnknown]),
    Expected("10-244-0-9.default.pod.cluster.local", .aaaa, .noData, [.familyMissing], saying: "is an IPv4 address"),
    Expected("lone.default.pod.cluster.local", .nameError, [.podNameNoAddress], saying: "ask for "
      + "10-244-0-9.default.pod"),
    Expected("10-244-0-9.nowhere.pod.cluster.local", .nameError, [.namespaceMissing]),
    Expected("20.0.96.10.in-addr.arpa", .ptr, .answers, saying: "Service default/web has the address 10.96.0.20"),
    Expected("2.0.244.10.in-addr.arpa", .ptr, .answers, notes: [.addressShared], saying: "and those alone"),
    Expected("10.244.0.2", .answers, notes: [.addressShared], saying: "PTR web-1.named.default.svc.cluster.local."),
    Expected("9.0.244.10.in-addr.arpa", .ptr, .refused, [.addressInNoService], saying: "Pod default/lone"),
    Expected("11.0.244.10.in-addr.arpa", .ptr, .refused, [.endpointNotReady]),
    Expected("99.0.244.10.in-addr.arpa", .ptr, .refused, [.addressUnknown]),
    Expected("0.244.10.in-addr.arpa", .ptr, .refused, [.reverseIncomplete]),
    Expected("2.0.244.10.in-addr.arpa", .a, .noData, [.typeMissing], notes: [.addressShared], saying: "it has PTR"),
  ])
  func addresses(_ expected: Expected) throws { try expected.check(Self.world) }

  @Test("Pod names by mode")
  func podNames() throws {
    var settings = Cluster.settings
    settings.podNames = .verified
    let verified = ExplainWorld(Self.objects, settings: settings)
    try Expected("10-244-0-9.default.pod.cluster.local", .answers).check(verified)
    try Expected("10-9-9-9.default.pod.cluster.local", .nameError, [.podAddressUnknown], saying: "no pod that "
      + "runs").check(verified)
    try Expected(
      "10-244-0-10.default.pod.cluster.local", .nameError, [.podAddressUnknown],
      saying: "Pod other/far has the address",
      "ask for 10-244-0-10.other.pod.cluster.local"
    ).check(verified)
    settings.podNames = .disabled
    try Expected("10-244-0-9.default.pod.cluster.local", .nameError, [.podNamesDisabled])
      .check(ExplainWorld(Self.objects, settings: settings))
  }
}
