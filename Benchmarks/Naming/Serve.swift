// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import LinuxSystem
import Logging
import Naming
import ServiceLifecycle

extension NamingBenchmark {
  /// Answers questions for addresses of Services over UDP, each of one record.
  /// - Parameter hasEDNS: whether the questions have an OPT record, as most of resolvers' and few of programs' do.
  static func serve(questions count: Int, hasEDNS: Bool) async throws {
    let shape = ClusterShape(title: "", plain: 1000, headless: 100, endpoints: 10, namespaces: 10)
    let index = NameIndex(NamingSettings(serverAddresses: [HostAddress("10.96.0.10")!]))
    index.apply(facts: shape.changes)
    let loopback = HostAddress("127.0.0.1")!
    let sockets = try DNSSockets.open(loopback, port: 0, workers: 1)
    let server = DNSServer(
      index: index, sockets: [sockets], settings: DNSServerSettings(), logger: Logger(label: "bench"))
    let lifecycle = ServiceGroup(services: [server], logger: Logger(label: "bench"))
    async let running: Void = lifecycle.run()
    let socket = try InternetSocket.make(isStream: false)
    _ = try InternetSocket.connect(socket, octets: loopback.octets, port: sockets.port!)
    try socket.setBlocking()
    for number in 0..<count {
      let service = number &* 7919 % shape.plain
      let name = try Name("svc-\(service).\(shape.namespace(of: service)).svc.cluster.local")
      let question = Message(
        id: UInt16(truncatingIfNeeded: number), question: Question(name: name, type: .a),
        edns: hasEDNS ? EDNS(payloadSize: EDNS.defaultPayloadSize) : nil)
      try socket.write(question.encoded)
      let answer = try Message(parsing: try socket.read(upTo: 4096))
      precondition(answer.header.id == question.header.id && answer.answers.count == 1)
    }
    await lifecycle.triggerGracefulShutdown()
    try await running
    print("\(count) questions")
  }
}
