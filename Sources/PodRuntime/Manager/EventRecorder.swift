// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Logging
import OrderedCollections
import Synchronization

/// Tells people what happened to pods: writes `v1 Event` objects. What happens again counts up the event that is there.
///
/// Events are for people, so one that cannot be written is only logged.
final class EventRecorder: Sendable {
  /// Events that are kept; the oldest goes when there is one more.
  static let maximumEvents = 1000
  private static let component = "kubelet"

  private struct State {
    /// Names of events by what they say.
    var names: [String: String] = [:]
    /// Namespace and name of each, oldest first.
    var order: [(key: String, namespace: String, name: String)] = []
  }

  private let source: any ObjectSource
  private let writer: any ObjectWriter
  private let nodeName: String
  private let now: @Sendable () -> Timestamp
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameter source: where events of earlier runs are: they count too.
  init(
    source: any ObjectSource, writer: any ObjectWriter, nodeName: String,
    now: @escaping @Sendable () -> Timestamp, logger: Logger
  ) {
    self.source = source
    self.writer = writer
    self.nodeName = nodeName
    self.now = now
    self.logger = logger
  }

  /// Takes on the events that earlier runs of the program have written, and deletes those that are too many.
  func takeOver() async {
    let earlier = source.objects(.events, namespace: nil)
      .filter { $0["reportingComponent"]?.string == Self.component && $0["reportingInstance"]?.string == nodeName }
      .sorted { $0.metadata.resourceVersion < $1.metadata.resourceVersion }
    for event in earlier { await keep(Self.key(of: event), event.metadata) }
  }

  /// What an event says, without its time.
  private static func key(of event: KubeObject) -> String {
    let path = event["involvedObject"]?["fieldPath"]?.string ?? ""
    let container = path.hasSuffix("}") ? path.split(separator: "{").last?.dropLast() : nil
    return key(
      event["involvedObject"]?["uid"]?.string ?? "", event["reason"]?.string ?? "", container.map(String.init),
      event["message"]?.string ?? "")
  }

  private static func key(_ uid: String, _ reason: String, _ container: String?, _ message: String) -> String {
    [uid, reason, container ?? "", message].joined(separator: "\u{0}")
  }

  func record(_ pod: Pod, isWarning: Bool, reason: String, message: String, container: String?) async {
    let key = Self.key(pod.metadata.uid, reason, container, message)
    let time = JSONValue.string(now().text)
    do {
      if let name = state.withLock({ $0.names[key] }) {
        _ = try await writer.modify(.events, namespace: pod.metadata.namespace, name: name, status: false) { root in
          root["count"] = .int((root["count"]?.int ?? 1) + 1)
          root["lastTimestamp"] = time
        }
        return
      }
    } catch {
      // Somebody has deleted it: it is written anew.
      if error.reason != .notFound { return logger.debug("event: \(error)") }
    }
    await create(key, pod, isWarning, reason, message, container, time)
  }

  private func create(
    _ key: String, _ pod: Pod, _ isWarning: Bool, _ reason: String, _ message: String, _ container: String?,
    _ time: JSONValue
  ) async {
    var subject: JSONValue = [
      "apiVersion": "v1", "kind": "Pod", "namespace": .string(pod.metadata.namespace),
      "name": .string(pod.metadata.name), "uid": .string(pod.metadata.uid),
      "resourceVersion": .string(String(pod.metadata.resourceVersion)),
    ]
    if let container { subject["fieldPath"] = .string("spec.containers{\(container)}") }
    do {
      let event = try await writer.create(
        [
          "metadata": [
            "generateName": .string(pod.metadata.name + "."), "namespace": .string(pod.metadata.namespace),
          ],
          "involvedObject": subject, "reason": .string(reason), "message": .string(message),
          "source": ["component": .string(Self.component), "host": .string(nodeName)], "firstTimestamp": time,
          "lastTimestamp": time, "count": 1, "type": isWarning ? "Warning" : "Normal",
          "reportingComponent": .string(Self.component), "reportingInstance": .string(nodeName),
        ], in: .events)
      await keep(key, event.metadata)
    } catch {
      logger.debug("event: \(error)")
    }
  }

  private func keep(_ key: String, _ metadata: ObjectMeta) async {
    let oldest = state.withLock { state -> (key: String, namespace: String, name: String)? in
      state.names[key] = metadata.name
      state.order.append((key, metadata.namespace, metadata.name))
      guard state.order.count > Self.maximumEvents else { return nil }
      let oldest = state.order.removeFirst()
      if state.names[oldest.key] == oldest.name { state.names[oldest.key] = nil }
      return oldest
    }
    guard let oldest else { return }
    try? await writer.delete(.events, namespace: oldest.namespace, name: oldest.name, options: DeleteOptions())
  }
}
