// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

/// A pod whose world answers as the test says, with a clock that the test turns.
final class ScriptedPod {
  var machine: PodMachine
  var now: Duration = .zero
  /// Every action so far, reports left out.
  var actions: [PodAction] = []
  var reports: [String] = []

  init(_ containers: [PodPlan.Container], grace: Duration = .seconds(30), gates: [String] = []) {
    machine = PodMachine(PodPlan(containers: containers, grace: grace, readinessGates: gates))
  }

  /// Tells the machine of an event and returns what it wants done.
  @discardableResult
  func tell(_ event: PodEvent, after delay: Duration = .zero) -> [PodAction] {
    now += delay
    let all = machine.handle(event, now: now)
    let work = all.filter { if case .report = $0 { false } else { true } }
    for case .report(_, let reason, _, _) in all { reports.append(reason) }
    actions += work
    return work
  }

  /// Until the first containers are started.
  func begin() {
    tell(.tick)
    tell(.sandboxReady(address: "10.244.0.7"))
  }

  func start(_ name: String, _ attempt: Int = 0) -> [PodAction] {
    tell(.started(name: name, attempt: attempt, at: Self.time))
  }

  func end(_ name: String, _ attempt: Int = 0, status: Int32, after delay: Duration = .seconds(1)) -> [PodAction] {
    let end = ContainerState.End(attempt: attempt, status: status, startedAt: nil, finishedAt: Self.time)
    return tell(.ended(name: name, end), after: delay)
  }

  func probe(_ name: String, _ kind: Probe.Kind, _ isSuccess: Bool, attempt: Int = 0) -> [PodAction] {
    tell(.probed(name: name, attempt: attempt, kind: kind, isSuccess: isSuccess, message: "no"))
  }

  static let time = Timestamp(microseconds: 1_700_000_000_000_000)

  static func container(
    _ name: String, _ role: PodPlan.Role = .main, _ policy: PodPlan.RestartPolicy = .always,
    probes: [Probe.Kind: Probe] = [:]
  ) -> PodPlan.Container {
    PodPlan.Container(name: name, image: "host", role: role, restartPolicy: policy, probes: probes)
  }
}

/// Kubernetes, "Pod Lifecycle".
@Suite struct PodMachineTests {
  private typealias C = ScriptedPod

  @Test func runsAndIsReadyWithoutProbes() {
    let pod = ScriptedPod([C.container("web")])
    #expect(pod.tell(.tick) == [.makeSandbox])
    #expect(pod.machine.phase == "Pending")
    #expect(pod.tell(.sandboxReady(address: "10.244.0.7")) == [.start(name: "web", attempt: 0)])
    #expect(pod.start("web") == [])
    #expect(pod.machine.phase == "Running")
    #expect(pod.machine.containers[0].isReady)
    #expect(pod.machine.nextDeadline == nil)
  }

  @Test func containersStartTogetherAndInitContainersInOrder() {
    let pod = ScriptedPod([
      C.container("one", .initial, .onFailure), C.container("two", .initial, .onFailure), C.container("a"),
      C.container("b"),
    ])
    pod.begin()
    #expect(pod.actions.last == .start(name: "one", attempt: 0))
    _ = pod.start("one")
    #expect(!pod.machine.isInitialized)
    #expect(pod.end("one", status: 0) == [.start(name: "two", attempt: 0)])
    _ = pod.start("two")
    #expect(pod.end("two", status: 0) == [.start(name: "a", attempt: 0), .start(name: "b", attempt: 0)])
    #expect(pod.machine.isInitialized)
  }

  @Test func initContainerThatFailsIsRunAgainOrFailsThePod() {
    let pod = ScriptedPod([C.container("one", .initial, .onFailure), C.container("a")])
    pod.begin()
    _ = pod.start("one")
    #expect(pod.end("one", status: 1) == [.start(name: "one", attempt: 1)])

    let never = ScriptedPod([C.container("one", .initial, .never), C.container("a", .main, .never)])
    never.begin()
    _ = never.start("one")
    #expect(never.end("one", status: 1) == [])
    #expect(never.machine.phase == "Failed")
  }

  @Test func sidecarsStartInOrderGoOnAndEndWithTheOthers() {
    let pod = ScriptedPod([C.container("proxy", .sidecar), C.container("job", .main, .never)])
    pod.begin()
    #expect(pod.actions.last == .start(name: "proxy", attempt: 0))
    #expect(pod.start("proxy") == [.start(name: "job", attempt: 0)])
    _ = pod.start("job")
    #expect(pod.end("job", status: 0) == [.stop(name: "proxy", attempt: 0, grace: .seconds(30))])
    #expect(pod.end("proxy", status: 143) == [])
    #expect(pod.machine.phase == "Succeeded")
  }

  @Test(arguments: [
    (PodPlan.RestartPolicy.always, Int32(0), true), (.always, 1, true), (.onFailure, 0, false), (.onFailure, 1, true),
    (.never, 0, false), (.never, 137, false),
  ])
  func restartPolicy(policy: PodPlan.RestartPolicy, status: Int32, restarts: Bool) {
    let pod = ScriptedPod([C.container("a", .main, policy)])
    pod.begin()
    _ = pod.start("a")
    #expect(pod.end("a", status: status) == (restarts ? [.start(name: "a", attempt: 1)] : []))
    #expect(pod.machine.phase == (restarts ? "Running" : status == 0 ? "Succeeded" : "Failed"))
  }

  @Test func crashesAreHeldBackLongerAndLonger() {
    let pod = ScriptedPod([C.container("a")])
    pod.begin()
    _ = pod.start("a")
    #expect(pod.end("a", status: 1) == [.start(name: "a", attempt: 1)])
    _ = pod.start("a", 1)
    #expect(pod.end("a", 1, status: 1) == [])
    guard case .waiting("CrashLoopBackOff", _, _) = pod.machine.containers[0].phase else {
      Issue.record("no back-off")
      return
    }
    #expect(pod.machine.nextDeadline == pod.now + .seconds(10))
    #expect(pod.tell(.tick, after: .milliseconds(9999)) == [])
    #expect(pod.tell(.tick, after: .milliseconds(1)) == [.start(name: "a", attempt: 2)])
    #expect(pod.reports.contains("BackOff"))
  }

  @Test func readinessFollowsItsProbe() {
    let probe = Probe(.tcp(host: "", port: 80), period: .seconds(1), failureThreshold: 1)
    let pod = ScriptedPod([C.container("a", probes: [.readiness: probe])])
    pod.begin()
    #expect(pod.start("a") == [.probe(name: "a", attempt: 0, kind: .readiness)])
    #expect(!pod.machine.containers[0].isReady)
    _ = pod.probe("a", .readiness, false)
    #expect(pod.machine.nextDeadline == .milliseconds(50))
    #expect(pod.tell(.tick, after: .milliseconds(50)) == [.probe(name: "a", attempt: 0, kind: .readiness)])
    _ = pod.probe("a", .readiness, true)
    #expect(pod.machine.containers[0].isReady)
    #expect(pod.tell(.tick, after: .seconds(1)) == [.probe(name: "a", attempt: 0, kind: .readiness)])
    _ = pod.probe("a", .readiness, false)
    #expect(!pod.machine.containers[0].isReady)
    #expect(pod.machine.phase == "Running")
  }

  @Test func otherProbesWaitForTheStartupProbe() {
    let probe = Probe(.tcp(host: "", port: 80), period: .seconds(1))
    let pod = ScriptedPod([C.container("a", probes: [.startup: probe, .liveness: probe])])
    pod.begin()
    #expect(pod.start("a") == [.probe(name: "a", attempt: 0, kind: .startup)])
    #expect(!pod.machine.containers[0].hasStarted)
    #expect(pod.probe("a", .startup, true) == [.probe(name: "a", attempt: 0, kind: .liveness)])
    #expect(pod.machine.containers[0].isReady)
  }

  @Test func livenessFailureEndsTheContainerAndStartsItAgain() {
    let probe = Probe(.tcp(host: "", port: 80), period: .seconds(1), failureThreshold: 2)
    let pod = ScriptedPod([C.container("a", probes: [.liveness: probe])], grace: .seconds(5))
    pod.begin()
    _ = pod.start("a")
    _ = pod.probe("a", .liveness, false)
    pod.tell(.tick, after: .seconds(1))
    #expect(pod.probe("a", .liveness, false) == [.stop(name: "a", attempt: 0, grace: .seconds(5))])
    #expect(pod.machine.nextDeadline == pod.now + .seconds(5))
    #expect(pod.tell(.tick, after: .seconds(5)) == [.kill(name: "a", attempt: 0)])
    #expect(pod.tell(.tick, after: .seconds(5)) == [])
    // A kill that did not reach the container is sent again.
    #expect(pod.tell(.tick, after: .seconds(5)) == [.kill(name: "a", attempt: 0)])
    #expect(pod.end("a", status: 137) == [.start(name: "a", attempt: 1)])
    #expect(pod.reports.contains("Killing"))
  }

  @Test func deletionStopsThenRemovesThenFinishes() {
    let pod = ScriptedPod([C.container("a"), C.container("b")])
    pod.begin()
    _ = pod.start("a")
    _ = pod.start("b")
    let stops = pod.tell(.deletionRequested(grace: .seconds(10)))
    #expect(
      stops == [
        .stop(name: "a", attempt: 0, grace: .seconds(10)), .stop(name: "b", attempt: 0, grace: .seconds(10)),
      ])
    #expect(pod.end("a", status: 0) == [])
    #expect(pod.tell(.tick, after: .seconds(9)) == [.kill(name: "b", attempt: 0)])
    #expect(pod.end("b", status: 137) == [.remove])
    #expect(pod.tell(.removed) == [.finish])
  }

  @Test func deletionWaitsForWhatIsUnderWay() {
    let pod = ScriptedPod([C.container("a")])
    pod.tell(.tick)
    #expect(pod.tell(.deletionRequested(grace: .seconds(10))) == [])
    #expect(pod.tell(.sandboxReady(address: "10.244.0.7")) == [.remove])

    let late = ScriptedPod([C.container("a")])
    late.begin()
    #expect(late.tell(.deletionRequested(grace: .seconds(10))) == [])
    #expect(late.start("a") == [.stop(name: "a", attempt: 0, grace: .seconds(10))])
  }

  @Test func aShorterGraceTakesTheLongerOnesPlace() {
    let pod = ScriptedPod([C.container("a")])
    pod.begin()
    _ = pod.start("a")
    pod.tell(.deletionRequested(grace: .seconds(100)))
    #expect(pod.tell(.deletionRequested(grace: .zero)) == [.kill(name: "a", attempt: 0)])
  }

  @Test func whatFailedIsTriedAgain() {
    let pod = ScriptedPod([C.container("a")])
    pod.tell(.tick)
    #expect(pod.tell(.sandboxFailed(message: "no")) == [])
    #expect(pod.machine.nextDeadline == .seconds(1))
    #expect(pod.tell(.tick, after: .seconds(1)) == [.makeSandbox])
    pod.tell(.sandboxReady(address: "10.244.0.7"))
    pod.tell(
      .startFailed(
        name: "a", attempt: 0, reason: "CreateContainerConfigError", message: "no map", retries: true))
    #expect(pod.machine.phase == "Pending")
    #expect(pod.tell(.configurationChanged) == [.start(name: "a", attempt: 0)])
  }

  @Test func anImageThatCannotBeHadIsNotTriedAgain() {
    let pod = ScriptedPod([C.container("a"), C.container("b")])
    pod.begin()
    _ = pod.start("b")
    pod.tell(.startFailed(name: "a", attempt: 0, reason: "ErrImagePull", message: "no", retries: false))
    #expect(pod.machine.phase == "Pending")
    #expect(pod.machine.nextDeadline == nil)
    #expect(pod.tell(.deletionRequested(grace: .seconds(1))) == [.stop(name: "b", attempt: 0, grace: .seconds(1))])
  }

  @Test func aPodThatIsActiveForTooLongFails() {
    let pod = ScriptedPod([C.container("a")])
    pod.machine.activeUntil = .seconds(60)
    pod.begin()
    _ = pod.start("a")
    #expect(pod.machine.nextDeadline == .seconds(60))
    #expect(pod.tell(.tick, after: .seconds(60)) == [.stop(name: "a", attempt: 0, grace: .seconds(30))])
    #expect(pod.reports.last == "DeadlineExceeded")
    #expect(pod.machine.phase == "Failed")
    #expect(pod.end("a", status: 143) == [])
    #expect(pod.machine.nextDeadline == nil)
    #expect(pod.tell(.tick, after: .seconds(600)) == [])

    let done = ScriptedPod([C.container("a", .main, .never)])
    done.machine.activeUntil = .seconds(60)
    done.begin()
    _ = done.start("a")
    _ = done.end("a", status: 0)
    done.tell(.tick, after: .seconds(60))
    #expect(done.machine.phase == "Succeeded")
  }

  @Test func aSidecarThatIsNotUpHoldsBackTheDeadlinesOfTheOthers() {
    let pod = ScriptedPod([C.container("one", .sidecar), C.container("two", .sidecar), C.container("a")])
    pod.begin()
    _ = pod.start("one")
    _ = pod.start("two")
    pod.tell(
      .startFailed(name: "a", attempt: 0, reason: "CreateContainerConfigError", message: "no map", retries: true))
    #expect(pod.machine.nextDeadline == pod.now + .seconds(1))

    let early = ScriptedPod([C.container("one", .sidecar), C.container("two", .sidecar), C.container("a")])
    early.begin()
    _ = early.start("one")
    early.tell(
      .startFailed(name: "two", attempt: 0, reason: "CreateContainerConfigError", message: "no map", retries: true))
    _ = early.end("one", status: 1)
    _ = early.end("one", 1, status: 1)
    // `two` could be tried again after a second, but `one` comes first and waits for ten.
    #expect(early.machine.nextDeadline == early.now + .seconds(10))
  }

  @Test func anEndBeforeTheReportOfTheStartCounts() {
    let pod = ScriptedPod([C.container("a", .main, .never)])
    pod.begin()
    _ = pod.end("a", status: 3)
    #expect(pod.machine.phase == "Failed")
    #expect(pod.start("a") == [])
    #expect(pod.machine.phase == "Failed")
  }

  @Test func answersOfAnEarlierRunAreNotHeard() {
    let probe = Probe(.tcp(host: "", port: 80), period: .seconds(1))
    let pod = ScriptedPod([C.container("a", probes: [.readiness: probe])])
    pod.begin()
    _ = pod.start("a")
    _ = pod.end("a", status: 1)
    _ = pod.start("a", 1)
    _ = pod.probe("a", .readiness, true, attempt: 0)
    #expect(!pod.machine.containers[0].isReady)
  }
}

/// A pod that outlived the program.
@Suite struct AdoptionTests {
  private let plan = PodPlan(containers: [
    ScriptedPod.container("a", probes: [.readiness: Probe(.tcp(host: "", port: 80))]), ScriptedPod.container("b"),
  ])

  private func adopted(_ containers: [String: RestoredContainer]) -> (PodMachine, [PodAction]) {
    var machine = PodMachine(plan, address: "10.244.0.7", containers: containers, now: .zero)
    let actions = machine.handle(.tick, now: .zero)
    return (machine, actions)
  }

  @Test func whatRunsIsNotStartedAgainAndStaysReady() {
    let running = RestoredContainer(attempt: 2, state: .running(startedAt: ScriptedPod.time), wasReady: true)
    let (machine, actions) = adopted(["a": running, "b": running])
    #expect(actions == [.probe(name: "a", attempt: 2, kind: .readiness)])
    #expect(machine.containers.map(\.isReady) == [true, true])
    #expect(machine.phase == "Running")
    #expect(machine.address == "10.244.0.7")
  }

  @Test func whatEndedMeanwhileIsStartedAgain() {
    let running = RestoredContainer(attempt: 0, state: .running(startedAt: ScriptedPod.time), wasReady: true)
    let end = ContainerState.End(
      attempt: 1, status: 9, startedAt: ScriptedPod.time, finishedAt: ScriptedPod.time)
    let (machine, actions) = adopted([
      "a": running, "b": RestoredContainer(attempt: 1, state: .ended(end), wasReady: false),
    ])
    #expect(actions.contains(.start(name: "b", attempt: 2)))
    #expect(machine.containers[1].last == end)
  }

  @Test func whatWasBeingMadeIsMadeAnew() {
    let (_, actions) = adopted(["a": RestoredContainer(attempt: 0, state: .lost, wasReady: false)])
    #expect(actions == [.start(name: "a", attempt: 1), .start(name: "b", attempt: 0)])
  }
}
