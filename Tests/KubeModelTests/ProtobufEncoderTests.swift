// SPDX-License-Identifier: Apache-2.0
import OrderedCollections
import TestSupport
import Testing

@testable import KubeModel

@Suite("Protobuf encoder")
struct ProtobufEncoderTests {
  /// An object as it would be stored: what the decoder of both forms leaves of a tree.
  private static func read(_ root: JSONObject, as type: ObjectType) -> JSONObject {
    var decoder = SchemaDecoder()
    let result = decoder.decode(root, as: type)
    #expect(decoder.unknown.isEmpty)
    #expect(decoder.mismatches.isEmpty)
    return result
  }

  private static func encoded(_ root: JSONObject, of resource: APIResource) -> [UInt8] {
    var octets: [UInt8] = []
    ProtobufEnvelope(apiVersion: resource.apiVersion, kind: resource.kind)
      .write(ProtobufEncoder.encode(root, as: resource.type), to: &octets)
    return octets
  }

  @Test("what is written is what is read, for random objects of every kind", arguments: APIResource.all)
  func everyKind(resource: APIResource) throws {
    var random = RandomObject(seed: UInt64(resource.kind.utf8.reduce(0) { $0 &* 31 &+ Int($1) } & 0xFFFF))
    var octets = 0
    for _ in 0..<40 {
      var members = random.object(of: resource.type, depth: 0)
      members["apiVersion"] = .string(resource.apiVersion)
      members["kind"] = .string(resource.kind)
      let root = Self.read(members, as: resource.type)
      let message = Self.encoded(root, of: resource)
      octets += message.count
      let found = Self.read(try ProtobufDecoder.decode(message), as: resource.type)
      // Not the trees themselves: what failed has to fit a screen.
      let isSame = JSONValue.areEquivalent(found, root)
      #expect(isSame, "\(JSONValue.object(found).canonical.jsonText)\n\(JSONValue.object(root).canonical.jsonText)")
    }
    #expect(octets > 40 * 100, "the objects are not empty")
  }

  /// Fields that are kept in JSON and left out in protobuf: those of the envelope, and what is no longer or not yet
  /// used.
  private static let unnumbered: Set = [
    "apiVersion", "kind", "config", "configSource", "extendedResourceClaimStatus", "schedulingGroup", "volumeStatus",
  ]

  @Test("every field has a number", arguments: APIResource.all)
  func numbers(resource: APIResource) {
    var seen: Set<String> = []
    func check(_ type: ObjectType) {
      guard seen.insert(type.openAPIName).inserted else { return }
      for field in type.fields {
        #expect(field.number > 0 || Self.unnumbered.contains(field.name), "\(type.openAPIName).\(field.name)")
        var inner = field.type
        while true {
          switch inner {
          case .list(let element, _), .map(let element):
            inner = element
            continue
          case .object(let type): check(type)
          default: break
          }
          break
        }
      }
    }
    check(resource.type)
  }

  /// The octets are those that Google's library for Python writes for the same object.
  @Test("octets are those of other writers")
  func octets() {
    let slice: JSONObject = [
      "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
      "metadata": ["name": "a", "creationTimestamp": "2026-01-31T12:00:00Z", "labels": ["k": "v"]],
      "addressType": "IPv4",
      "endpoints": [
        ["addresses": ["10.0.0.1"], "conditions": ["ready": true, "serving": false], "hostname": "h"]
      ],
      "ports": [["name": "p", "port": 80]],
    ]
    let expected =
      "6b3873000a240a13646973636f766572792e6b38732e696f2f7631120d456e64706f696e74536c69636512370a130a0161420608c0ddf7cb"
      + "065a060a016b12017612130a0831302e302e302e311204080110001a01681a050a01701850220449507634"
    let hex = Self.encoded(slice, of: .endpointSlices).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == expected)
  }

  @Test("numbers take one octet for seven bits")
  func sizes() {
    for value in [0, 1, 127, 128, 16_383, 16_384, UInt64(UInt32.max), .max] {
      var octets: [UInt8] = []
      octets.appendProtobufNumber(value)
      #expect([UInt8].protobufNumberSize(value) == octets.count, "\(value)")
    }
  }

  @Test("messages of every length are framed", arguments: [0, 1, 127, 128, 129, 16_383, 16_384, 70_000])
  func lengths(count: Int) throws {
    let text = String(repeating: "x", count: count)
    let root: JSONObject = [
      "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "c"], "data": ["k": .string(text)],
    ]
    let message = Self.encoded(root, of: .configMaps)
    #expect(try ProtobufDecoder.decode(message)["data"] == ["k": .string(text)])
    let envelope = ProtobufEnvelope(apiVersion: "v1", kind: "ConfigMap")
    let inner = ProtobufEncoder.encode(root, as: APIResource.configMaps.type)
    #expect(envelope.size(ofMessage: inner.count) == message.count)
  }

  @Test("a refusal can be read") func status() throws {
    let error = StatusError.invalid(.services, "s", [.required(FieldPath("spec", "ports"))])
    var octets: [UInt8] = []
    ProtobufEnvelope(apiVersion: "v1", kind: "Status")
      .write(ProtobufEncoder.encode(error.json.object ?? [:], as: .status), to: &octets)
    let found = try ProtobufDecoder.decode(octets)
    #expect(JSONValue.object(found).isEquivalent(to: error.json), "\(JSONValue.object(found).jsonText)")
  }
}

/// Makes objects of declared types, at random.
private struct RandomObject {
  private var generator: SeededGenerator

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
  }

  private static let depth = 9
  private static let texts = ["", "a", "web-0", "ünïcødé ☃", "10.0.0.1", String(repeating: "long ", count: 60)]

  mutating func object(of type: ObjectType, depth: Int) -> JSONObject {
    var members: JSONObject = [:]
    for field in type.fields where field.number > 0 {
      let isDeep = depth > Self.depth
      guard Int.random(in: 0..<10, using: &generator) < (isDeep ? 1 : 6) else { continue }
      members[field.name] = value(of: field.type, depth: depth + 1)
    }
    return members
  }

  private mutating func value(of type: FieldType, depth: Int) -> JSONValue {
    switch type {
    case .string: .string(Self.texts.randomElement(using: &generator) ?? "")
    case .bool: .bool(Bool.random(using: &generator))
    case .int32: .int(Int64([0, 1, -1, .max, .min, Int32.random(in: .min ... .max, using: &generator)][choice(6)]))
    case .int64: .int([0, 1, -1, .max, .min, Int64.random(in: .min ... .max, using: &generator)][choice(6)])
    case .double: .double(Double.random(in: -1e9...1e9, using: &generator))
    case .bytes: .string(Base64.encode((0..<choice(40)).map { _ in UInt8.random(in: 0...255, using: &generator) }))
    case .quantity: .string(["0", "500m", "1Gi", "1e3", "100"][choice(5)])
    case .time: .string(Timestamp(microseconds: second * 1_000_000).text)
    case .microTime:
      .string(Timestamp(microseconds: second * 1_000_000 + Int64(choice(1_000_000))).microText)
    case .intOrString: choice(2) == 0 ? .int(Int64(choice(70_000))) : .string(["http", "25%", ""][choice(3)])
    case .raw: ["f:a": ["n": .int(Int64(choice(9))), "x": [nil, true, "é"]]]
    case .object(let type): .object(object(of: type, depth: depth))
    // A list without elements has no form of its own in protobuf, and a map neither.
    case .list(let element, _): .array((0...choice(3)).map { _ in value(of: element, depth: depth) })
    case .map(let element):
      .object(
        JSONObject(uniqueKeysWithValues: (0...choice(3)).map { ("key-\($0)", value(of: element, depth: depth)) }))
    }
  }

  /// Between the years 1 and 9999.
  private var second: Int64 {
    mutating get { [0, -1, Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator)][choice(3)] }
  }

  private mutating func choice(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }
}
