// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Naming

/// Messages that fuzzing starts from: one for each thing that a reader has to tell apart.
package enum SeedMessages {
  private static let names = [
    "web.default.svc.cluster.local", "big.default.svc.cluster.local", "mysql-1.mysql.default.svc.cluster.local",
    "_mysql._tcp.mysql.default.svc.cluster.local", "_tcp.mysql.default.svc.cluster.local",
    "chain.default.svc.cluster.local", "loop-a.default.svc.cluster.local", "away.default.svc.cluster.local",
    "10-244-0-7.default.pod.cluster.local", "fd00--7.default.pod.cluster.local", "dns-version.cluster.local",
    "ns.dns.cluster.local", "cluster.local", "default.svc.cluster.local", "svc.cluster.local", "pod.cluster.local",
    "nothing.default.svc.cluster.local", "7.0.244.10.in-addr.arpa", "20.0.96.10.in-addr.arpa", "0.244.10.in-addr.arpa",
    "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa", "example.com", ".",
    "10-244-0-8.bare.default.svc.cluster.local", "WEB.Default.SVC.cluster.LOCAL",
  ]
  private static let types: [RecordType] = [.aaaa, .srv, .ptr, .txt, .soa, .ns, .cname, .any, .axfr]
  /// Names as long as names may be, and one octet longer: of few labels, of as many as can be, and of the longest.
  private static let longNames: [[UInt8]] = [
    longName(label: 1, count: 127), longName(label: 1, count: 126) + [2, 0x61, 0x62], longName(label: 63, count: 4),
    longName(label: 63, count: 3) + longName(label: 61, count: 1),
    longName(label: 63, count: 3) + longName(label: 62, count: 1),
  ]

  private static func longName(label: UInt8, count: Int) -> [UInt8] {
    [[UInt8]](repeating: [label] + [UInt8](repeating: 0x61, count: Int(label)), count: count).flatMap(\.self)
  }

  /// What clients send: each name as A and as other types, with and without OPT, and what is no proper question.
  package static let requests: [[UInt8]] = {
    var requests: [[UInt8]] = []
    for (index, text) in names.enumerated() {
      guard let name = try? Name(text) else { continue }
      for step in 0..<3 {
        let edns = step == 0 ? nil : EDNS(payloadSize: [512, 1232, 4096][step])
        for type in [.a, types[(index + step * 3) % types.count]] {
          let question = Question(name: name, type: type)
          requests.append(Message(id: UInt16(0x0700 + index), question: question, edns: edns).encoded)
        }
      }
    }
    for name in longNames { requests.append([7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 0, 1, 0, 1]) }
    let plain = Array(requests[2])
    // TXT id.server of class CHAOS (RFC 4892).
    requests.append(
      [7, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0x69, 0x64, 6] + Array("server".utf8) + [0, 0, 16, 0, 3])
    requests.append(changed(plain, 2, 0x28))  // UPDATE
    requests.append(changed(plain, 2, 0x84))  // An answer.
    requests.append(changed(plain, 5, 0))  // No question.
    requests.append(changed(plain, plain.count - 6, 1))  // EDNS version 1.
    requests.append(plain.dropLast(2) + [0, 12, 0, 10, 0, 8] + [UInt8](1...8))  // A client's cookie (RFC 7873).
    requests.append(plain.dropLast(2) + [0, 28, 0, 10, 0, 24] + [UInt8](1...24))  // With a server's, which is not ours.
    // NSID, keepalive and padding (RFC 5001, 7828, 7830).
    requests.append(plain.dropLast(2) + [0, 16, 0, 3, 0, 0, 0, 11, 0, 0, 0, 12, 0, 4, 0, 0, 0, 0])
    // No question and a cookie (RFC 7873 section 5.4).
    requests.append(
      [7, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8] + [UInt8](1...8))
    requests.append(plain.dropLast(2) + [0, 4, 0, 8, 0, 0])  // A client subnet that is too short.
    requests.append([7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1])  // A pointer to itself.
    return requests
  }()

  private static func changed(_ message: [UInt8], _ place: Int, _ octet: UInt8) -> [UInt8] {
    var message = message
    message[place] = octet
    return message
  }

  /// What servers send: every shape of answer that this server has, and messages with compression that it never makes.
  static let replies: [[UInt8]] = {
    let answerer = MessageSource.answerer
    let own = requests.compactMap { request in
      answerer.answer(request, overTCP: false, from: FuzzCluster.insecure.snapshot, random: 0)
    }
    return own + [compressedData, chained]
  }()

  /// MX, SRV, SOA and TXT whose data ends in pointers to the question and into each other.
  private static let compressedData: [UInt8] =
    [0, 1, 0x81, 0x80, 0, 1, 0, 4, 0, 0, 0, 0, 1, 0x61, 2, 0x62, 0x63, 0, 0, 15, 0, 1]
    + [0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0, 4, 0, 10, 0xC0, 14]
    + [0xC0, 14, 0, 33, 0, 1, 0, 0, 0, 60, 0, 10, 0, 1, 0, 2, 0, 80, 1, 0x78, 0xC0, 12]
    + [0xC0, 12, 0, 6, 0, 1, 0, 0, 0, 60, 0, 24, 0xC0, 12, 0xC0, 14] + [UInt8](repeating: 7, count: 20)
    + [0, 0, 16, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 4, 1, 0x61, 1, 0x62]

  /// A pointer to a pointer to a name.
  private static let chained: [UInt8] =
    [0, 2, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0, 3, 0x61, 0x62, 0x63, 0, 0, 5, 0, 1]
    + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 0x7A, 0xC0, 12]
    + [0xC0, 33, 0, 39, 0, 1, 0, 0, 0, 9, 0, 2, 0xC0, 21]
    + [1, 0x79, 0xC0, 49, 0, 2, 0, 1, 0, 0, 0, 9, 0, 2, 0xC0, 33]
}
