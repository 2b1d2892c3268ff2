// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import TestSupport
import Testing

@Suite("Protobuf")
struct ProtobufTests {
  /// Bodies that kubectl 1.32 sent, and what they say.
  @Test(
    "reads what kubectl sends",
    arguments: [
      // kubectl create service clusterip x --tcp=80:8080
      (
        "6b3873000a0d0a027631120753657276696365126a0a220a017812001a0764656661756c7422002a003200380042005a"
          + "080a0361707012017812400a1b0a0738302d38303830120354435018502207080010903f1a00280012080a0361707012"
          + "01781a002209436c757374657249503a00420052005a00600068001a020a001a002200",
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"x","namespace":"default","labels":{"app":"x"}},"#
          + #""spec":{"ports":[{"name":"80-8080","protocol":"TCP","port":80,"targetPort":8080}],"#
          + #""selector":{"app":"x"},"#
          + #""type":"ClusterIP"},"status":{"loadBalancer":{}}}"#
      ),
      // kubectl create service clusterip hl --clusterip=None
      (
        "6b3873000a0d0a02763112075365727669636512540a240a02686c12001a0764656661756c7422002a00320038004200"
          + "5a090a036170701202686c122812090a036170701202686c1a044e6f6e652209436c757374657249503a00420052005a"
          + "00600068001a020a001a002200",
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"hl","namespace":"default","labels":{"app":"hl"}},"#
          + #""spec":{"selector":{"app":"hl"},"clusterIP":"None","type":"ClusterIP"},"status":{"loadBalancer":{}}}"#
      ),
      // kubectl create service nodeport np --tcp=80 --node-port=30080
      (
        "6b3873000a0d0a02763112075365727669636512610a1d0a026e7012001a0022002a003200380042005a090a03617070"
          + "12026e70123c0a170a023830120354435018502206080010501a002880eb0112090a0361707012026e701a0022084e6f"
          + "6465506f72743a00420052005a00600068001a020a001a002200",
        #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"np","labels":{"app":"np"}},"spec":{"ports":"#
          + #"[{"name":"80","protocol":"TCP","port":80,"targetPort":80,"nodePort":30080}],"selector":{"app":"np"},"#
          + #""type":"NodePort"},"status":{"loadBalancer":{}}}"#
      ),
      // kubectl create namespace team
      (
        "6b3873000a0f0a02763112094e616d657370616365121c0a140a047465616d12001a0022002a0032003800420012001a"
          + "020a001a002200",
        #"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"team"},"spec":{},"status":{}}"#
      ),
      // kubectl create configmap c --from-literal=a=b --from-literal='k=x: y'
      (
        "6b3873000a0f0a0276311209436f6e6669674d617012260a110a016312001a0022002a0032003800420012060a016112"
          + "016212090a016b1204783a20791a002200",
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"b","k":"x: y"}}"#
      ),
      // kubectl create configmap cb --from-file=bin.dat, three octets that are no text
      (
        "6b3873000a0f0a0276311209436f6e6669674d617012240a120a02636212001a0022002a003200380042001a0e0a0762"
          + "696e2e64617412030001ff1a002200",
        #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cb"},"binaryData":{"bin.dat":"AAH/"}}"#
      ),
      // kubectl create deployment web --image=nginx --replicas=0 --port=80
      (
        "6b3873000a150a07617070732f7631120a4465706c6f796d656e7412b8010a1f0a0377656212001a0022002a00320038"
          + "0042005a0a0a0361707012037765621286010800120c0a0a0a0361707012037765621a6c0a1c0a0012001a0022002a00"
          + "3200380042005a0a0a036170701203776562124c122e0a056e67696e7812056e67696e782a00320a0a00100018502200"
          + "2a0042006a007200800100880100900100a201001a00320042004a0052005800600068008201008a01009a0100c20100"
          + "22020a00280038001a0c0800100018002000280038001a002200",
        #"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"app":"web"}},"spec":{"#
          + #""replicas":0,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"#
          + #""spec":{"containers":[{"name":"nginx","image":"nginx","ports":[{"containerPort":80}],"resources":{}}]}},"#
          + #""strategy":{}},"status":{}}"#
      ),
    ])
  func kubectl(hex: String, expected: String) throws {
    let decoded = try ProtobufDecoder.decode(octets(hex))
    let type = try #require(
      APIResource.of(apiVersion: decoded["apiVersion"]?.string ?? "", kind: decoded["kind"]?.string ?? "")?.type)
    var decoder = SchemaDecoder()
    let root = decoder.decode(decoded, as: type)
    #expect(decoder.unknown.isEmpty)
    #expect(decoder.mismatches.isEmpty)
    #expect(JSONValue.object(root).jsonText == expected)
  }

  @Test("reads every form of value")
  func values() throws {
    let probe = message(
      field(1, message(field(3, message(field(1, message(field(1, 1) + field(3, "web"))))))) + field(4, 5))
    let reference = message(field(1, message(field(1, "cm"))) + field(2, "k") + field(3, 1))
    let variable = message(field(1, "E") + field(3, message(field(3, reference))))
    let limit = message(field(1, "cpu") + field(2, message(field(1, "500m"))))
    let container = message(
      field(1, "a") + field(10, probe) + field(7, variable) + field(8, message(field(1, limit))))
    let spec = message(
      field(2, container) + field(4, 0) + field(14, message(field(4, [0x01, 0xAC, 0x02]) + field(4, 7)))
        + field(1, message(field(1, "v") + field(2, message(field(2, message([])))))))
    let metadata = message(
      field(1, "p") + field(8, message(field(1, 1_769_860_800))) + field(10, 30)
        + field(17, message(field(1, "m") + field(7, message(field(1, #"{"f:a":{}}"#))))))
    let root = try ProtobufDecoder.decode(envelope("v1", "Pod", field(1, metadata) + field(2, spec)))
    let expected: JSONObject = [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": [
        "name": "p", "creationTimestamp": "2026-01-31T12:00:00Z", "deletionGracePeriodSeconds": 30,
        "managedFields": [["manager": "m", "fieldsV1": ["f:a": [:]]]],
      ],
      "spec": [
        "containers": [
          [
            "name": "a", "livenessProbe": ["tcpSocket": ["port": "web"], "periodSeconds": 5],
            "env": [["name": "E", "valueFrom": ["configMapKeyRef": ["name": "cm", "key": "k", "optional": true]]]],
            "resources": ["limits": ["cpu": "500m"]],
          ]
        ], "terminationGracePeriodSeconds": 0, "securityContext": ["supplementalGroups": [1, 300, 7]],
        "volumes": [["name": "v", "emptyDir": [:]]],
      ],
    ]
    #expect(JSONValue.object(root).sorted == JSONValue.object(expected).sorted)
  }

  @Test("reads negative numbers, octets and moments that are not set")
  func corners() throws {
    let map = try ProtobufDecoder.decode(
      envelope(
        "v1", "ConfigMap",
        field(1, message(field(8, message([])))) + field(3, message(field(1, "b") + field(2, [0, 1, 255])))))
    #expect(map["binaryData"] == ["b": "AAH/"])
    #expect(map["metadata"] == [:])
    let deployment = try ProtobufDecoder.decode(
      envelope("apps/v1", "Deployment", field(2, message(field(1, UInt64(bitPattern: -1))))))
    #expect(deployment["spec"]?["replicas"] == -1)
    let options = try ProtobufDecoder.decode(envelope("apps/v1", "DeleteOptions", field(1, 0) + field(4, "Foreground")))
    #expect(options["gracePeriodSeconds"] == 0)
    #expect(options["propagationPolicy"] == "Foreground")
  }

  @Test("passes over fields that it does not know, of every wire type")
  func unknownFields() throws {
    let unknown: [UInt8] =
      field(900, 1) + field(901, "x") + tag(902, 5) + [1, 2, 3, 4] + tag(903, 1) + [1, 2, 3, 4, 5, 6, 7, 8]
    let root = try ProtobufDecoder.decode(
      envelope("v1", "Namespace", unknown + field(1, message(field(1, "n") + unknown))))
    #expect(root["metadata"] == ["name": "n"])
  }

  @Test(
    "refuses what is no object",
    arguments: [
      [], Array("k8s".utf8), Array("{}".utf8), envelope("v1", "Nothing", []), envelope("v2", "Pod", []),
      envelope("v1", "Pod", [0x0A, 0x05]), envelope("v1", "Pod", [0x08, 0x01]), envelope("v1", "Pod", [0x00]),
      envelope("v1", "Pod", [0x0B]), envelope("v1", "Pod", [UInt8](repeating: 0xFF, count: 12)),
      envelope("v1", "Pod", field(1, message(field(1, [0xC3, 0x28])))),
      envelope("v1", "Pod", field(1, message(field(8, message(field(1, UInt64.max / 2)))))),
      envelope("apps/v1", "ControllerRevision", field(2, message(field(1, "{")))),
      envelope("v1", "Pod", []) + field(3, "gzip"), [UInt8](repeating: 0, count: ProtobufDecoder.maximumSize + 1),
    ] as [[UInt8]])
  func refuses(octets: [UInt8]) {
    #expect(throws: ProtobufError.self) { try ProtobufDecoder.decode(octets) }
  }

  @Test("survives any change of a valid body", arguments: 0..<20)
  func survivesMutations(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let limits = message(field(1, message(field(1, "cpu") + field(2, message(field(1, "1"))))))
    let container = message(field(1, "c") + field(8, limits))
    let labels = message(field(11, message(field(1, "a") + field(2, "b"))))
    let template = message(field(1, labels) + field(2, message(field(2, container))))
    let spec = message(field(1, 3) + field(3, template))
    let valid = envelope("apps/v1", "Deployment", field(1, message(field(1, "d"))) + field(2, spec))
    _ = try ProtobufDecoder.decode(valid)
    for _ in 0..<500 {
      var octets = valid
      for _ in 0..<Int.random(in: 1...5, using: &generator) {
        let position = Int.random(in: 0..<octets.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: octets[position] = UInt8.random(in: 0...255, using: &generator)
        case 1: octets.remove(at: position)
        default: octets.insert(UInt8.random(in: 0...255, using: &generator), at: position)
        }
      }
      guard let root = try? ProtobufDecoder.decode(octets) else { continue }
      // What is read can be written, and read again as JSON.
      #expect((try? JSONParser.parse(JSONValue.object(root).encoded())) != nil)
    }
  }
}

// A small encoder, the counterpart of what is tested.

private func varint(_ value: UInt64) -> [UInt8] {
  var octets: [UInt8] = []
  var rest = value
  while rest >= 0x80 {
    octets.append(UInt8(rest & 0x7F) | 0x80)
    rest >>= 7
  }
  return octets + [UInt8(rest)]
}

private func tag(_ number: UInt64, _ wireType: UInt64) -> [UInt8] { varint(number << 3 | wireType) }
private func field(_ number: UInt64, _ value: UInt64) -> [UInt8] { tag(number, 0) + varint(value) }
private func field(_ number: UInt64, _ octets: [UInt8]) -> [UInt8] {
  tag(number, 2) + varint(UInt64(octets.count)) + octets
}
private func field(_ number: UInt64, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

/// Says in a test that these fields are those of one message.
private func message(_ fields: [UInt8]) -> [UInt8] { fields }

private func envelope(_ apiVersion: String, _ kind: String, _ object: [UInt8]) -> [UInt8] {
  Array("k8s\0".utf8) + field(1, message(field(1, apiVersion) + field(2, kind))) + field(2, object)
}

private func octets(_ hex: String) -> [UInt8] {
  let digits = Array(hex.utf8)
  return stride(from: 0, to: digits.count, by: 2).map { start in
    UInt8(String(decoding: digits[start..<start + 2], as: UTF8.self), radix: 16) ?? 0
  }
}
