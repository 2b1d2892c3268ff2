// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import Naming

/// Reads from objects what names depend on, and skips the rest. The same code for protobuf and JSON, so that both give
/// the same facts.
enum FactsReader<Form: WireForm> {
  /// - Parameter range: where the object's fields are.
  static func object(
    _ kind: FollowedKind, _ range: Range<Int>, _ octets: Span<UInt8>
  ) throws(DecodingProblem) -> ObjectFacts {
    var facts: ObjectFacts
    switch kind {
    case .namespaces: facts = ObjectFacts(.namespace)
    case .services: facts = ObjectFacts(.service(try service(range, octets)))
    case .endpointSlices: return try slice(range, octets)
    case .pods: facts = ObjectFacts(.pod(try pod(range, octets)))
    case .statefulSets: facts = ObjectFacts(.statefulSet(try statefulSet(range, octets)))
    }
    facts.take(try metadata(ofObject: range, octets, readsMaps: false))
    guard !facts.name.isEmpty else { throw DecodingProblem("an object without a name") }
    return facts
  }

  /// The metadata of an object of any kind.
  static func metadata(
    ofObject range: Range<Int>, _ octets: Span<UInt8>, readsMaps: Bool
  ) throws(DecodingProblem) -> MetadataFacts {
    var facts = MetadataFacts()
    var cursor = try Form.open(range, octets)
    while let (_, value) = try Form.next(&cursor, octets, ReadFields.objectMetadata) {
      try metadata(try Form.message(value), octets, readsMaps: readsMaps, &facts)
    }
    return facts
  }

  private static func metadata(
    _ range: Range<Int>, _ octets: Span<UInt8>, readsMaps: Bool, _ facts: inout MetadataFacts
  ) throws(DecodingProblem) {
    var cursor = try Form.open(range, octets)
    while let (place, value) = try Form.next(
      &cursor, octets, readsMaps ? ReadFields.metadataWithMaps : ReadFields.metadata)
    {
      switch place {
      case 0: facts.name = try Form.text(value, octets)
      case 1: facts.namespace = try Form.text(value, octets)
      case 2: facts.version = try version(value, octets)
      case 3: try label(value, octets, &facts)
      default: try annotation(value, octets, &facts)
      }
    }
  }

  /// An API server's version of an object or a list: a decimal number.
  static func version(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> UInt64 {
    let text = try Form.text(value, octets)
    if text.isEmpty { return 0 }
    guard let version = UInt64(text) else {
      throw DecodingProblem("the version \"\(text.line(of: DecodingProblem.shown))\", which is no number")
    }
    return version
  }

  private static func label(
    _ value: WireValue, _ octets: Span<UInt8>, _ facts: inout MetadataFacts
  ) throws(DecodingProblem) {
    if octets.holds(ReadFields.serviceName, value.key) {
      facts.serviceName = try Form.text(value, octets)
    } else if octets.holds(ReadFields.headless, value.key) {
      facts.isHeadless = true
    } else if octets.holds(ReadFields.managedBy, value.key) {
      facts.isManaged = try Form.isEqual(value, ReadFields.controller, octets)
    }
  }

  private static func annotation(
    _ value: WireValue, _ octets: Span<UInt8>, _ facts: inout MetadataFacts
  ) throws(DecodingProblem) {
    if octets.holds(ReadFields.triggerTime, value.key) {
      facts.cause = Timestamp(try Form.text(value, octets))
    } else if octets.holds(ReadFields.initialEnd, value.key) {
      facts.endsInitial = try Form.isEqual(value, ReadFields.yes, octets)
    }
  }

  // MARK: Services

  private static func service(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> ServiceFacts {
    var facts = ServiceFacts(kind: .headless)
    var (first, addresses, type, externalName) = ("", [] as [String], "", "")
    var cursor = try Form.open(range, octets)
    while let (_, spec) = try Form.next(&cursor, octets, ReadFields.spec) {
      var cursor = try Form.open(try Form.message(spec), octets)
      while let (place, value) = try Form.next(&cursor, octets, ReadFields.service) {
        switch place {
        case 0: if let port = try port(value, octets, ReadFields.servicePort) { facts.ports.append(port) }
        case 1: first = try Form.text(value, octets)
        case 2: addresses.append(try Form.text(value, octets))
        case 3: type = try Form.text(value, octets)
        case 4: externalName = try Form.text(value, octets)
        default: facts.publishesNotReady = try Form.flag(value, octets)
        }
      }
    }
    if addresses.isEmpty, !first.isEmpty { addresses = [first] }
    if type == "ExternalName" {
      facts.kind = ServiceFacts.alias(externalName)
    } else if addresses.first != "None" {
      facts.kind = .clusterIP(addresses.compactMap { HostAddress($0) })
    }
    return facts
  }

  /// A port of a Service or a slice; `nil` for one without a number.
  private static func port(
    _ value: WireValue, _ octets: Span<UInt8>, _ fields: MessageFields
  ) throws(DecodingProblem) -> ServiceFacts.Port? {
    var port = ServiceFacts.Port(name: "", transport: "TCP", number: 0)
    var isNumbered = false
    var cursor = try Form.open(try Form.message(value), octets)
    while let (place, value) = try Form.next(&cursor, octets, fields) {
      switch place {
      case 0: port.name = try Form.text(value, octets)
      case 1: port.transport = try Form.text(value, octets)
      default:
        guard let number = UInt16(exactly: try Form.number(value, octets)) else { continue }
        port.number = number
        isNumbered = true
      }
    }
    return isNumbered ? port : nil
  }

  // MARK: Slices

  /// The packed form of a slice begins with its ports, which come last in protobuf: so the object is gone through
  /// twice.
  private static func slice(_ range: Range<Int>, _ octets: Span<UInt8>) throws(DecodingProblem) -> ObjectFacts {
    var metadata = MetadataFacts()
    var ports: [ServiceFacts.Port] = []
    var count = 0
    var cursor = try Form.open(range, octets)
    while let (place, value) = try Form.next(&cursor, octets, ReadFields.slice) {
      switch place {
      case 0: try self.metadata(try Form.message(value), octets, readsMaps: true, &metadata)
      case 1: count += 1
      default: if let port = try port(value, octets, ReadFields.slicePort) { ports.append(port) }
      }
    }
    guard !metadata.name.isEmpty else { throw DecodingProblem("an object without a name") }
    var facts: SliceFacts?
    if let service = metadata.serviceName {
      var list = SliceFacts.Endpoints(ports, capacity: min(count, 1000))  // What the API allows.
      var addresses: [HostAddress] = []
      var cursor = try Form.open(range, octets)
      while let (_, value) = try Form.next(&cursor, octets, ReadFields.endpointsOfSlice) {
        try endpoint(value, octets, &addresses, &list)
      }
      facts = SliceFacts(service: service, list)
    }
    var result = ObjectFacts(.slice(facts))
    result.take(metadata)
    result.cause = metadata.changeCause
    return result
  }

  private static func endpoint(
    _ value: WireValue, _ octets: Span<UInt8>, _ addresses: inout [HostAddress], _ list: inout SliceFacts.Endpoints
  ) throws(DecodingProblem) {
    addresses.removeAll(keepingCapacity: true)
    var hostname: String?
    var isReady = true
    var cursor = try Form.open(try Form.message(value), octets)
    while let (place, value) = try Form.next(&cursor, octets, ReadFields.endpoint) {
      switch place {
      case 0: if let address = try address(value, octets) { addresses.append(address) }
      case 1:
        var cursor = try Form.open(try Form.message(value), octets)
        while let (_, ready) = try Form.next(&cursor, octets, ReadFields.conditions) {
          isReady = try Form.flag(ready, octets)
        }
      default:
        let text = try Form.text(value, octets)
        hostname = text.isEmpty ? nil : text
      }
    }
    list.append(addresses, hostname: hostname, isReady: isReady)
  }

  /// `nil` for a text that is no address.
  static func address(_ value: WireValue, _ octets: Span<UInt8>) throws(DecodingProblem) -> HostAddress? {
    if value.kind == .octets { return HostAddress(text: octets.extracting(value.range)) }
    return HostAddress(try Form.text(value, octets))
  }
}

extension ObjectFacts {
  fileprivate mutating func take(_ metadata: MetadataFacts) {
    name = metadata.name
    namespace = metadata.namespace
    version = metadata.version
  }
}
