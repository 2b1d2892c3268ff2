// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Domains with what holds for the names at and below each.
struct SuffixTable<Value: Sendable>: Sendable {
  private var values: [ArraySlice<UInt8>: Value] = [:]
  /// Labels of the longest domain: longer suffixes need no look-up.
  private var maximumLabels = 0

  var isEmpty: Bool { values.isEmpty }

  subscript(domain: Name) -> Value? {
    get { values[domain.lowercased.wire[...]] }
    set {
      values[domain.lowercased.wire[...]] = newValue
      maximumLabels = max(maximumLabels, domain.labels.count)
    }
  }

  /// What holds for the longest domain that `name` is at or below, and that domain.
  /// - Parameter name: wire format in lower case.
  func longestMatch(_ name: [UInt8]) -> (domain: ArraySlice<UInt8>, value: Value)? {
    if values.isEmpty { return nil }
    var labels = 0
    var offset = 0
    while name[offset] != 0 {
      offset += 1 + Int(name[offset])
      labels += 1
    }
    offset = 0
    while true {
      if labels <= maximumLabels, let value = values[name[offset...]] { return (name[offset...], value) }
      if name[offset] == 0 { return nil }
      offset += 1 + Int(name[offset])
      labels -= 1
    }
  }
}
