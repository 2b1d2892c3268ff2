// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

/// Kubernetes, "Configure Liveness, Readiness and Startup Probes".
@Suite struct ProbeTests {
  private func probe(_ text: String, _ kind: Probe.Kind = .readiness, ports: String = "[]") throws -> Probe? {
    Probe(kind, of: try Samples.json(#"{"\#(kind.member)": \#(text), "ports": \#(ports)}"#))
  }

  @Test func defaultsAreThoseOfKubernetes() throws {
    let found = try probe(#"{"tcpSocket": {"port": 80}}"#)
    #expect(found == Probe(.tcp(host: "", port: 80)))
    #expect(found?.period == .seconds(10))
    #expect(found?.timeout == .seconds(1))
    #expect(found?.failureThreshold == 3)
    #expect(Probe(.liveness, of: try Samples.json("{}")) == nil)
  }

  @Test func portsCanBeNamed() throws {
    let ports = #"[{"name": "web", "containerPort": 8080}]"#
    #expect(try probe(#"{"tcpSocket": {"port": "web"}}"#, ports: ports)?.question == .tcp(host: "", port: 8080))
    guard case .unknown = try probe(#"{"tcpSocket": {"port": "x"}}"#, ports: ports)?.question else {
      Issue.record("a port that is not there was taken")
      return
    }
  }

  @Test func requestIsOneThatAnyServerTakes() {
    let question = HTTPQuestion(
      host: "", port: 8080, path: "healthz", headers: [.init(name: "X-A", value: "b\r\nEvil: 1")])
    let text = String(decoding: question.request(address: "10.244.0.7"), as: UTF8.self)
    #expect(text.hasPrefix("GET /healthz HTTP/1.1\r\nHost: 10.244.0.7:8080\r\n"))
    #expect(text.hasSuffix("\r\nX-A: bEvil: 1\r\nConnection: close\r\n\r\n"))
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\n", 200), ("HTTP/1.0 404\r\n", 404), ("HTTP/1.1 503 Busy", 503), ("SSH-2.0-x\r\n", nil),
    ("", nil), ("HTTP/1.1 x\r\n", nil),
  ] as [(String, Int?)])
  func status(line: String, expected: Int?) {
    #expect(HTTPQuestion.status(of: Array(line.utf8)) == expected)
  }
}

@Suite struct ProbeMachineTests {
  /// Asks at every due moment and gives the answers in turn; returns the moments.
  private func moments(_ machine: inout ProbeMachine, _ answers: [Bool]) -> [Duration] {
    var moments: [Duration] = []
    for answer in answers {
      guard let due = machine.due, machine.take(now: due) else { break }
      moments.append(due)
      _ = machine.answer(answer, now: due)
    }
    return moments
  }

  @Test func readinessIsAskedQuicklyUntilItPasses() {
    var machine = ProbeMachine(.readiness, Probe(.tcp(host: "", port: 1), period: .seconds(1)), now: .seconds(5))
    let found = moments(&machine, [false, false, false, false, true, true])
    let start = Duration.seconds(5)
    #expect(found == [0, 50, 150, 350, 750, 1750].map { start + .milliseconds($0) })
    #expect(machine.verdict == .passed)
  }

  @Test func startupFailuresCountOncePerPeriod() {
    let probe = Probe(.tcp(host: "", port: 1), period: .seconds(1), failureThreshold: 2)
    var machine = ProbeMachine(.startup, probe, now: .zero)
    let found = moments(&machine, [false, false, false, false, false])
    #expect(machine.verdict == .open)
    #expect(found.last == .milliseconds(750))
    _ = moments(&machine, [false])
    #expect(machine.verdict == .failed)
  }

  @Test func readinessIsLostOnlyAfterItsThreshold() {
    let probe = Probe(.tcp(host: "", port: 1), period: .seconds(2), failureThreshold: 3)
    var machine = ProbeMachine(.readiness, probe, now: .zero)
    _ = moments(&machine, [true, false, false])
    #expect(machine.verdict == .passed)
    _ = moments(&machine, [false])
    #expect(machine.verdict == .failed)
    _ = moments(&machine, [true])
    #expect(machine.verdict == .passed)
  }

  @Test func livenessWaitsForItsDelayAndKeepsItsPeriod() {
    let probe = Probe(.tcp(host: "", port: 1), initialDelay: .seconds(4), period: .seconds(3))
    var machine = ProbeMachine(.liveness, probe, now: .zero)
    let isEarly = machine.take(now: .seconds(3))
    #expect(!isEarly)
    let found = moments(&machine, [true, false, false])
    #expect(found == [.seconds(4), .seconds(7), .seconds(10)])
  }

  @Test func isNotAskedTwiceAtOnce() {
    var machine = ProbeMachine(.readiness, Probe(.tcp(host: "", port: 1)), now: .zero)
    let taken = [machine.take(now: .zero), machine.take(now: .seconds(100))]
    #expect(taken == [true, false])
  }
}

@Suite struct BackoffTests {
  /// Kubernetes, "Pod Lifecycle": 10 s, doubling, at most 5 min, reset after 10 min.
  @Test func restartsGrowToFiveMinutes() {
    var backoff = Backoff.restarts
    let delays = (0..<8).map { _ in backoff.delay(afterRunning: .seconds(1)) }
    #expect(delays == [0, 10, 20, 40, 80, 160, 300, 300].map { .seconds($0) })
    let later = [backoff.delay(afterRunning: .seconds(600)), backoff.delay(afterRunning: .seconds(599))]
    #expect(later == [.zero, .seconds(10)])
  }

  @Test func retriesBeginAnewAfterSuccess() {
    var backoff = Backoff.retries
    let delays = [backoff.delay(), backoff.delay(), backoff.delay()]
    #expect(delays == [.seconds(1), .seconds(2), .seconds(4)])
    backoff.reset()
    let next = backoff.delay()
    #expect(next == .seconds(1))
  }
}
