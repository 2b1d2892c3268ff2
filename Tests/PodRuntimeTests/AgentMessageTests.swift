// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
import Testing

@testable import PodRuntime

@Suite struct AgentMessageTests {
  @Test func requestsComeBackAsTheyWere() {
    let image = ProcessImage(
      ["/bin/echo", "", "ä"], environment: ["A=1"], directory: "/", leadsSession: true)
    let requests: [AgentRequest] = [
      .hello, .shutdown, .start(id: 7, image, isBound: true), .start(id: .max, ProcessImage(["x"]), isBound: false),
      .signal(process: -1, number: 9), .socket(id: 3, isIPv6: true, isStream: false),
    ]
    for request in requests {
      #expect(AgentRequest(request.bytes) == request)
      // No shorter message means anything else than it says.
      for length in 0..<request.bytes.count { #expect(AgentRequest(Array(request.bytes.prefix(length))) != request) }
    }
  }

  @Test func repliesComeBackAsTheyWere() {
    let replies: [AgentReply] = [
      .hello(version: 1, instance: "abc"), .started(id: 1, process: 42), .failed(id: 2, code: 13),
      .exited(id: 3, status: 137), .socket(id: 4),
    ]
    for reply in replies { #expect(AgentReply(reply.bytes) == reply) }
  }

  @Test func countsCannotExceedTheMessage() {
    #expect(AgentRequest([3, 0, 0, 0, 0, 255, 255, 255, 255]) == nil)
    #expect(AgentRequest([3, 0, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 127, 1]) == nil)
    #expect(AgentRequest([9]) == nil)
    #expect(AgentRequest([]) == nil)
    #expect(AgentReply([1]) == nil)
  }
}

/// subuid(5).
@Suite struct SubordinateIDsTests {
  @Test(arguments: [
    ("ann:100000:65536\n", SubordinateIDs(start: 100_000, count: 65_536)),
    ("bob:100000:65536\nann:165536:65536\n", SubordinateIDs(start: 165_536, count: 65_536)),
    ("1001:200000:70000\n", SubordinateIDs(start: 200_000, count: 70_000)),
    ("ann:100000:1000\nann:300000:65535\n", SubordinateIDs(start: 300_000, count: 65_535)),
    ("ann:100000:65534\n", nil),
    ("anna:100000:65536\n", nil),
    ("ann:x:65536\nann\n\n", nil),
  ] as [(String, SubordinateIDs?)])
  func range(text: String, expected: SubordinateIDs?) {
    #expect(SubordinateIDs(in: text, user: 1001, name: "ann") == expected)
  }
}

@Suite struct ContainerIDTests {
  @Test func textLeadsBack() {
    let id = ContainerID(pod: "11111111-2222", name: "main-1", attempt: 12)
    #expect(id.text == "11111111-2222_main-1_12")
    #expect(ContainerID(id.text) == id)
  }

  @Test(arguments: ["", "a_b", "a_b_c", "a_b_-1", "a_b_1_2", "a_b_1.tmp"])
  func otherTextsAreNone(text: String) {
    #expect(ContainerID(text) == nil)
  }
}
