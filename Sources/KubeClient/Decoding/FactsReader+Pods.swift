// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

// Pods and StatefulSets.
extension FactsReader {
  static func pod(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> PodFacts {
    var facts = PodFacts()
    var first: HostAddress?
    var cursor = try Form.open(range, octets)
    while let (place, part) = try Form.next(&cursor, octets, ReadFields.pod) {
      var cursor = try Form.open(try Form.message(part), octets)
      if place == 0 {
        while let (place, value) = try Form.next(&cursor, octets, ReadFields.podSpec) {
          switch place {
          case 0: facts.hostname = try Form.text(value, octets)
          case 1: facts.subdomain = try Form.text(value, octets)
          default: facts.usesHostNetwork = try Form.flag(value, octets)
          }
        }
        continue
      }
      while let (place, value) = try Form.next(&cursor, octets, ReadFields.podStatus) {
        switch place {
        case 0:
          let phase = try Form.text(value, octets)
          facts.hasEnded = phase == "Succeeded" || phase == "Failed"
        case 1: first = try address(value, octets)
        default:
          var cursor = try Form.open(try Form.message(value), octets)
          while let (_, ip) = try Form.next(&cursor, octets, ReadFields.podIP) {
            if let address = try address(ip, octets) { facts.addresses.append(address) }
          }
        }
      }
    }
    if facts.addresses.isEmpty, let first { facts.addresses = [first] }
    return facts
  }

  static func statefulSet(
    _ range: Range<Int>, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> StatefulSetFacts? {
    var (replicas, service, start) = (1 as Int64, "", 0 as Int64)
    var cursor = try Form.open(range, octets)
    while let (_, spec) = try Form.next(&cursor, octets, ReadFields.statefulSpec) {
      var cursor = try Form.open(try Form.message(spec), octets)
      while let (place, value) = try Form.next(&cursor, octets, ReadFields.statefulSet) {
        switch place {
        case 0: replicas = try Form.number(value, octets)
        case 1: service = try Form.text(value, octets)
        default:
          var cursor = try Form.open(try Form.message(value), octets)
          while let (_, first) = try Form.next(&cursor, octets, ReadFields.ordinals) {
            start = try Form.number(first, octets)
          }
        }
      }
    }
    return StatefulSetFacts(serviceName: service, start: start, replicas: replicas)
  }
}
