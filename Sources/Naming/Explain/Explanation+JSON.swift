// SPDX-License-Identifier: Apache-2.0
import DNSWire
package import KubeModel
import OrderedCollections

extension Explanation {
  /// The explanation for programs. Members are added in later versions, and none changes its meaning.
  package var json: JSONValue {
    var question: JSONValue = [
      "name": .string(request.name), "type": .string(request.type.description),
      "namespace": .string(request.namespace),
    ]
    if let pod = request.pod { question["pod"] = .string(pod) }
    var json: JSONValue = ["question": question]
    if let name { json["name"] = .string(name.description) }
    json["verdict"] = .string(verdict.rawValue)
    json["summary"] = .string(summary)
    json["records"] = .array(records.map(\.json))
    json["checks"] = .array(checks.map(\.json))
    json["findings"] = .array(findings.map(\.json))
    json["remedies"] = .array(remedies.map { .string($0) })
    json["steps"] = .array(steps.map(\.json))
    json["text"] = .string(text)
    return json
  }
}

extension Explanation.Check {
  fileprivate var json: JSONValue {
    var json: JSONValue = [:]
    if let object { json["object"] = object.json }
    json["text"] = .string(text)
    return json
  }
}

extension Explanation.Step {
  fileprivate var json: JSONValue {
    var json: JSONValue = [
      "name": .string(name.description), "verdict": .string(verdict.rawValue),
      "records": .array(records.map(\.json)),
    ]
    if !because.isEmpty { json["because"] = .string(because) }
    return json
  }
}

extension Finding {
  fileprivate var json: JSONValue {
    var json: JSONValue = ["code": .string(code.rawValue), "weight": .string(weight.rawValue)]
    if let object { json["object"] = object.json }
    if !field.isEmpty { json["field"] = .string(field) }
    if let found { json["found"] = .string(found) }
    if let wanted { json["wanted"] = .string(wanted) }
    json["text"] = .string(text)
    if !remedy.isEmpty { json["remedy"] = .string(remedy) }
    return json
  }
}

extension ObjectName {
  fileprivate var json: JSONValue {
    var json: JSONValue = ["kind": .string(kind)]
    if !namespace.isEmpty { json["namespace"] = .string(namespace) }
    json["name"] = .string(name)
    return json
  }
}

extension Record {
  fileprivate var json: JSONValue {
    [
      "name": .string(name.description), "type": .string(type.description), "ttl": .int(Int64(ttl)),
      "data": .string(dataText),
    ]
  }
}
