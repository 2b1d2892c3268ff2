// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PodRuntime

@Suite struct ContainerLogTests {
  @Test func linesPartsAndStreams() {
    let log = """
      2026-01-31T12:00:00.000000000+00:00 stdout F first  line
      2026-01-31T12:00:00.000000000+00:00 stderr P no end
      2026-01-31T12:00:00.000000000+00:00 stdout F 
      nonsense
      2026-01-31T12:00:00.000000000+00:00 other F x

      """
    let lines = ContainerLog.lines(Array(log.utf8))
    #expect(lines.map(\.isError) == [false, true, false])
    #expect(lines.map { String(decoding: $0.bytes, as: UTF8.self) } == ["first  line\n", "no end", "\n"])
  }
}
