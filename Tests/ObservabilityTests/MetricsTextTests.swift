// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Observability

@Suite("Prometheus' text format 0.0.4")
struct MetricsTextTests {
  @Test("Families, labels and escapes")
  func text() {
    var text = MetricsText()
    text.begin("a_total", .counter, help: "One \\ line\nand \"another\"")
    text.sample([("x", "say \"a\\b\"\n"), ("y", "")], 3)
    text.begin("b", .gauge, help: "b")
    text.sample([], 0.25)
    text.sample([("z", "é")], -1)
    #expect(
      text.text == """
        # HELP a_total One \\\\ line\\nand "another"
        # TYPE a_total counter
        a_total{x="say \\"a\\\\b\\"\\n",y=""} 3
        # HELP b b
        # TYPE b gauge
        b 0.25
        b{z="é"} -1

        """)
  }

  @Test("A histogram adds its buckets up")
  func histogram() {
    let bounds = HistogramBounds([0.1, 1])
    var counts = HistogramCounts(bounds)
    for value in [0.1, 0.5, 0.05, 7] {
      counts.buckets[bounds.bucket(value)] += 1
      counts.sum += value
    }
    var text = MetricsText()
    text.begin("h", .histogram, help: "h")
    text.histogram([("l", "v")], bounds, counts)
    let lines = text.text.split(separator: "\n").dropFirst(2).map(String.init)
    #expect(
      lines == [
        "h_bucket{l=\"v\",le=\"0.1\"} 2", "h_bucket{l=\"v\",le=\"1\"} 3", "h_bucket{l=\"v\",le=\"+Inf\"} 4",
        "h_sum{l=\"v\"} 7.65", "h_count{l=\"v\"} 4",
      ])
  }

  @Test("Numbers", arguments: [
    (0.0, "0"), (16e3, "16000"), (0.00025, "0.00025"), (0.0000078125, "7.8125e-06"), (.infinity, "+Inf"),
    (-.infinity, "-Inf"), (.nan, "NaN"), (1e18, "1000000000000000000"), (2.5, "2.5"),
  ] as [(Double, String)])
  func numbers(value: Double, text: String) { #expect(MetricsText.number(value) == text) }

  @Test("Counters of one writer and of many")
  func counters() async {
    let cells = CounterCells<3>()
    cells.add(at: 0)
    cells.add(5, at: 0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { for _ in 0..<1000 { cells.addShared(at: 2) } } }
    }
    #expect(cells.values(0..<3) == [6, 0, 8000])
  }

  @Test("A registry gives every source's families, as they are at the scrape")
  func registry() {
    let registry = MetricsRegistry()
    let counter = registry.counter("things_total", help: "Things.")
    registry.gauge("level", help: "Level.") { 7 }
    counter.add(2)
    #expect(registry.text.contains("\nthings_total 2\n") && registry.text.contains("\nlevel 7\n"))
    counter.add()
    #expect(registry.text.contains("\nthings_total 3\n"))
  }

  @Test("The process is measured")
  func process() {
    let text = MetricsRegistry([ProcessMetrics()]).text
    for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds"] {
      let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
      let value = line.flatMap { Double($0.split(separator: " ")[1]) } ?? -1
      #expect(name.contains("cpu") ? value >= 0 : value > 0, "\(name)")
    }
  }
}
