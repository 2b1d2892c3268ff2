// SPDX-License-Identifier: Apache-2.0
import Testing

extension EndToEnd {
  @Suite(.timeLimit(.minutes(4)), .enabled(if: Machine.runsPods, Machine.needs)) struct DemoTests {
    @Test("Examples/mysql does what its demo shows", .enabled(
      if: Machine.program("mariadbd") != nil, "needs mariadbd"))
    func mysql() async throws {
      let demo = try await Program.run(
        ["\(Program.project)/Examples/mysql/demo.sh", "--callsign", Program.callsign], limit: 150).succeeded()
      #expect(demo.lines.last?.contains("facts were seen") == true)
    }
  }
}
