// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

extension TableColumn {
  package static let events: [TableColumn] = [
    TableColumn("Last Seen") { object, now in .string(lastSeen(object, now: now)) },
    TableColumn("Type") { object, _ in CellText.text(object[at: "type"], orElse: "") },
    TableColumn("Reason") { object, _ in CellText.text(object[at: "reason"], orElse: "") },
    TableColumn("Object") { object, _ in
      let kind = object[at: "involvedObject", "kind"]?.string ?? ""
      let name = object[at: "involvedObject", "name"]?.string ?? ""
      return .string(name.isEmpty ? kind.lowercased() : "\(kind.lowercased())/\(name)")
    },
    TableColumn("Subobject", wide: true) { object, _ in
      CellText.text(object[at: "involvedObject", "fieldPath"], orElse: "")
    },
    TableColumn("Source", wide: true) { object, _ in .string(source(of: object)) },
    TableColumn("Message") { object, _ in
      .string((object[at: "message"]?.string ?? "").trimmingSpaces)
    },
    TableColumn("First Seen", wide: true) { object, now in
      .string(CellText.age(since: object[at: "firstTimestamp"] ?? object[at: "eventTime"], now: now))
    },
    TableColumn("Count", .integer, wide: true) { object, _ in
      .int(object[at: "series", "count"]?.int ?? object[at: "count"]?.int ?? 1)
    },
    TableColumn("Name", wide: true) { object, _ in .string(object.metadata.name) },
  ]

  /// When it happened last, and since when where it happened often.
  private static func lastSeen(_ event: KubeObject, now: Timestamp) -> String {
    let first = event[at: "firstTimestamp"] ?? event[at: "eventTime"]
    if let last = event[at: "series", "lastObservedTime"] {
      let count = event[at: "series", "count"]?.int ?? 0
      return "\(CellText.age(since: last, now: now)) (x\(count) over \(CellText.age(since: first, now: now)))"
    }
    let count = event[at: "count"]?.int ?? 1
    guard count > 1 else { return CellText.age(since: event[at: "lastTimestamp"] ?? first, now: now) }
    let last = CellText.age(since: event[at: "lastTimestamp"], now: now)
    return "\(last) (x\(count) over \(CellText.age(since: first, now: now)))"
  }

  private static func source(of event: KubeObject) -> String {
    let component = event[at: "source", "component"]?.string ?? event[at: "reportingComponent"]?.string ?? ""
    let host = event[at: "source", "host"]?.string ?? event[at: "reportingInstance"]?.string ?? ""
    return host.isEmpty ? component : "\(component), \(host)"
  }
}

extension String {
  /// The text without white space at its ends.
  fileprivate var trimmingSpaces: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
