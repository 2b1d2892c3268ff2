// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What `docs/metrics.md` says of metrics, and what a scrape has, in the same words: `NAME TYPE LABEL LABEL…`, labels by
/// the alphabet.
package enum MetricsPage {
  /// The page's rows.
  /// - Parameter isOfCluster: those of the section on clusters; else all others.
  package static func rows(isOfCluster: Bool) throws -> Set<String> {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/metrics.md")
    var heading = ""
    var rows: Set<String> = []
    for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n") {
      if line.hasPrefix("## ") { heading = String(line.dropFirst(3)) }
      guard (heading == "On a Kubernetes cluster") == isOfCluster else { continue }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard cells.count > 4, let name = cells[1].firstMatch(of: /`((?:coredns|callsign|process)_[a-z_]+)`/) else {
        continue
      }
      let type = cells[2].prefix { $0 != "," }.trimmingCharacters(in: .whitespaces)
      let labels = cells[3].matches(of: /`([a-z_]+)`/).map { String($0.1) }
      rows.insert(([String(name.1), type] + labels.sorted()).joined(separator: " "))
    }
    return rows
  }

  /// What a scrape has. Of a family without samples it has no labels.
  package static func families(_ scrape: String) -> Set<String> {
    var families: [(name: String, type: String, labels: Set<String>)] = []
    for line in scrape.split(separator: "\n") {
      if line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ")
        families.append((String(words[2]), String(words[3]), []))
      } else if !line.hasPrefix("#"), let last = families.indices.last {
        families[last].labels.formUnion(line.matches(of: /[{,]([a-z_]+)="/).map { String($0.1) })
      }
    }
    return Set(
      families.map { family in
        let labels = family.type == "histogram" ? family.labels.subtracting(["le"]) : family.labels
        return ([family.name, family.type] + labels.sorted()).joined(separator: " ")
      })
  }
}
