// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import LinuxSystem
import Naming
import OrderedCollections

#if canImport(Glibc)
import Glibc
#endif

/// Measures the index of names: its memory, and what a change costs. Prints a table; fails where a bar that does not
/// depend on the machine is missed.
///
/// Usage: `naming-benchmark`, or `naming-benchmark serve COUNT [edns]`, which answers as many questions over UDP, for a
/// profiler to count (Scripts/bench-naming.sh), or `naming-benchmark build COUNT`, which builds the first cluster as
/// many times, for a profiler too.
@main
struct NamingBenchmark {
  private static let settings = NamingSettings(serverAddresses: [HostAddress("10.96.0.10")!])
  private static let shapes = [
    ClusterShape(title: "10,000 headless of 15", plain: 0, headless: 10_000, endpoints: 15, namespaces: 10),
    ClusterShape(
      title: "5,000 ClusterIP, 5,000 headless of 30", plain: 5000, headless: 5000, endpoints: 30, namespaces: 10),
    ClusterShape(
      title: "dual stack, 10,000 headless of 15", plain: 0, headless: 10_000, endpoints: 15, namespaces: 10,
      isDualStack: true),
  ]

  static func main() async throws {
    let arguments = CommandLine.arguments
    if arguments.count >= 3, arguments[1] == "serve", let count = Int(arguments[2]) {
      return try await serve(questions: count, hasEDNS: arguments.last == "edns")
    }
    if arguments.count == 3, arguments[1] == "build", let count = Int(arguments[2]) {
      let facts = shapes[0].changes
      for _ in 0..<count { NameIndex(settings).apply(facts: facts) }
      return
    }
    var figures: [Figure] = []
    for shape in shapes { figures += memoryAndBuild(shape) }
    figures += changes(shapes[0])
    figures += objectChange(shapes[0])
    figures += try decoding()
    print("| | measured | bar | |\n|---|---|---|---|")
    for figure in figures { print(figure.row) }
    exit(figures.allSatisfy(\.isHeld) ? 0 : 1)
  }

  private static func memoryAndBuild(_ shape: ClusterShape) -> [Figure] {
    let facts = shape.changes
    let before = Heap.used
    let index = NameIndex(settings)
    index.apply(facts: facts)
    let perEndpoint = Double(Heap.used - before) / Double(shape.endpointCount)
    var builds = Samples()
    for _ in 0..<5 {
      let index = NameIndex(settings)
      builds.time { index.apply(facts: facts) }
    }
    precondition(index.snapshot.addressCount >= shape.endpointCount)
    return [
      Figure(
        title: "\(shape.title): memory for an endpoint", value: perEndpoint, unit: "octets",
        bar: shape.isDualStack ? .none : .hard(64),
        note: "allocator included; \(index.memorySize / 1000) KB in tables and records"),
      Figure(
        title: "\(shape.title): build", value: builds.microseconds(0.5) / 1000, unit: "ms",
        bar: shape.isDualStack ? .none : .time(50), note: "median of 5"),
    ]
  }

  private static func changes(_ shape: ClusterShape) -> [Figure] {
    let index = NameIndex(settings)
    index.apply(facts: shape.changes)
    return [false, true].map { all in
      var times = Samples()
      for round in 0..<20_000 {
        let service = round &* 7919 % shape.headless
        let change = [shape.slice(service, moved: UInt32(1_000_000 + round), all: all)]
        times.time { index.apply(facts: change) }
      }
      return Figure(
        title: "one Service of \(shape.endpoints) changes: \(all ? "all addresses" : "one address")",
        value: times.microseconds(0.5), unit: "µs", bar: .time(10),
        note: "p99 \(Figure.text(times.microseconds(0.99))) µs")
    }
  }

  /// From an object, as the API gives it, to the new answer.
  private static func objectChange(_ shape: ClusterShape) -> [Figure] {
    let index = NameIndex(settings)
    index.apply(facts: shape.changes)
    let reader = NameReader(index)
    var times = Samples()
    for round in 0..<5000 {
      let service = round &* 7919 % shape.headless
      let address = HostAddress(ipv4: 0x1000_0000 + UInt32(round))
      let object = object(shape, service, first: address)
      let name = try! Name("pod-0.hs-\(service).\(shape.namespace(of: service)).svc.cluster.local")
      let question = Message(id: 1, question: Question(name: name, type: .a), edns: nil).encoded
      var isNew = false
      times.time {
        index.apply([.updated(object)])
        isNew = reader.withSnapshot { answer(question, name, from: $0) } == address
      }
      precondition(isNew)
    }
    return [
      Figure(
        title: "object change → new answer, p99", value: times.microseconds(0.99), unit: "µs", bar: .time(1000),
        note: "median \(Figure.text(times.microseconds(0.5))) µs")
    ]
  }

  private static func object(_ shape: ClusterShape, _ service: Int, first: HostAddress) -> KubeObject {
    let endpoints = (0..<shape.endpoints).map { endpoint -> JSONValue in
      let own = HostAddress(ipv4: 0x0B00_0000 + UInt32(service * shape.endpoints + endpoint))
      return [
        "addresses": [.string((endpoint == 0 ? first : own).description)], "hostname": .string("pod-\(endpoint)"),
        "conditions": ["ready": true, "serving": true, "terminating": false],
      ]
    }
    return KubeObject(
      [
        "metadata": [
          "name": .string("hs-\(service)-0"), "namespace": .string(shape.namespace(of: service)),
          "labels": ["kubernetes.io/service-name": .string("hs-\(service)")],
        ],
        "addressType": "IPv4", "ports": [["name": "http", "port": 80, "protocol": "TCP"]],
        "endpoints": .array(endpoints),
      ], of: .endpointSlices)
  }

  /// The address in the first record of the answer.
  private static func answer(_ question: [UInt8], _ name: Name, from snapshot: NameSnapshot) -> HostAddress? {
    var buffer = MessageBuffer(capacity: 512)
    buffer.append(question)
    var writer = AnswerWriter(buffer, questionEnd: question.count, limit: 512)
    _ = snapshot.answer(QueryName(name), .a, into: &writer, random: 0)
    return HostAddress(octets: writer.finish().octets.suffix(4))
  }
}
