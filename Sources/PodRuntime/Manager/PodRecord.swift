// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import OrderedCollections

/// What has to be known of a pod to take it over, or to end it, after the program was killed: a small file, replaced as
/// one step.
struct PodRecord: Sendable, Hashable {
  struct Container: Sendable, Hashable {
    var attempt: Int
    /// Nil while it is being made.
    var startedAt: Timestamp?
  }

  /// The node agent (``NodeAgent/instance``) that holds the pod's namespaces.
  var instance: String
  var address: String
  /// Seconds that its containers have to end.
  var grace: Int64
  /// By name; those that were started at least once.
  var containers: [String: Container] = [:]

  init(instance: String, address: String, grace: Int64) {
    self.instance = instance
    self.address = address
    self.grace = grace
  }

  /// Nil where there is no such file, or it makes no sense.
  init?(path: String) {
    guard let bytes = try? Files.read(path), let json = try? JSONParser.parse(bytes),
      let instance = json["instance"]?.string, let address = json["address"]?.string, let grace = json["grace"]?.int
    else { return nil }
    self.init(instance: instance, address: address, grace: grace)
    for (name, value) in json["containers"]?.object ?? [:] {
      guard let attempt = value["attempt"]?.int else { continue }
      containers[name] = Container(
        attempt: Int(attempt), startedAt: value["startedAt"]?.string.flatMap { Timestamp($0) })
    }
  }

  func write(to path: String) throws(SystemError) {
    var entries: JSONObject = [:]
    for (name, container) in containers.sorted(by: { $0.key < $1.key }) {
      var entry: JSONValue = ["attempt": .int(Int64(container.attempt))]
      if let startedAt = container.startedAt { entry["startedAt"] = .string(startedAt.microText) }
      entries[name] = entry
    }
    let json: JSONValue = [
      "instance": .string(instance), "address": .string(address), "grace": .int(grace),
      "containers": .object(entries),
    ]
    try Files.replace(path, with: json.encoded())
  }
}
