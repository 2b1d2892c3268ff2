// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// The sources whose metrics a scrape gives, in the order in which they came.
package final class MetricsRegistry: Sendable {
  private let sources: Mutex<[any MetricsSource]>

  package init(_ sources: [any MetricsSource] = []) { self.sources = Mutex(sources) }

  package func add(_ source: any MetricsSource) { sources.withLock { $0.append(source) } }

  /// A counter of this name.
  package func counter(_ name: String, help: String) -> SharedNumber {
    let number = SharedNumber()
    add(NumberMetric(name: name, kind: .counter, help: help) { number.value })
    return number
  }

  /// A gauge whose value is asked for at each scrape.
  package func gauge(_ name: String, help: String, _ value: @escaping @Sendable () -> Int64) {
    add(NumberMetric(name: name, kind: .gauge, help: help, value: value))
  }

  /// All metrics as they are now.
  package var text: String {
    var text = MetricsText()
    for source in sources.withLock({ $0 }) { source.writeMetrics(to: &text) }
    return text.text
  }
}

/// A family of one number without labels.
private struct NumberMetric: MetricsSource {
  var name: String
  var kind: MetricsText.Kind
  var help: String
  var value: @Sendable () -> Int64

  func writeMetrics(to text: inout MetricsText) {
    text.begin(name, kind, help: help)
    text.sample([], value())
  }
}
