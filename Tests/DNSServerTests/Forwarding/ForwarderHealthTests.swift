// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Synchronization
import TestSupport
import Testing

@testable import DNSServer

@Suite("How well upstreams are", .timeLimit(.minutes(1)))
struct ForwarderHealthTests {
  @Test("An upstream that is silent is left out, tried after longer and longer times, and taken back")
  func health() async throws {
    let isSilent = Atomic(true)
    let (arrivals, arrived) = AsyncStream<Question>.makeStream()
    let first: ScriptedUpstream.Script = { request, _ in
      arrived.yield(request.questions[0])
      return isSilent.load(ordering: .relaxed) ? [] : [ScriptedUpstream.reply(to: request, address: "192.0.2.1")]
    }
    let second: ScriptedUpstream.Script = { request, _ in [ScriptedUpstream.reply(to: request, address: "192.0.2.2")] }
    try await ScriptedUpstream.run(first) { first in
      try await ScriptedUpstream.run(second) { second in
        let test = ForwarderUnderTest(first, second)
        try await test.run {
          var asked = arrivals.makeAsyncIterator()
          let probe = Question(name: .root, type: .ns)
          try await test.check("a.example", "NOERROR 60 192.0.2.2")
          #expect(try await asked.next()?.name == Name("a.example"))
          // Probed at once, and once more after the interval.
          #expect(await asked.next() == probe)
          await test.clock.sleeper(until: .milliseconds(500))
          #expect(!test.forwarder.counters.upstreams[0].isDown)
          test.clock.advance(by: .milliseconds(500))
          #expect(await asked.next() == probe)
          await test.clock.sleeper(until: .milliseconds(1000))
          try await test.check("b.example", "NOERROR 60 192.0.2.2")
          var counters = test.forwarder.counters.upstreams
          #expect(counters.map(\.requests) == [1, 2] && counters.map(\.failures) == [1, 0])
          #expect(counters.map(\.isDown) == [true, false])
          test.clock.advance(by: .milliseconds(500))
          #expect(await asked.next() == probe)
          // While it is down, after longer and longer times.
          await test.clock.sleeper(until: .milliseconds(2000))
          isSilent.store(false, ordering: .relaxed)
          test.clock.advance(by: .milliseconds(1000))
          #expect(await asked.next() == probe)
          while test.forwarder.counters.upstreams[0].isDown { await Task.yield() }
          counters = test.forwarder.counters.upstreams
          #expect(counters.map(\.probeFailures) == [3, 0] && counters.map(\.probes) == [4, 0])
          // It is asked first again, though where the machine is busy the other may have to answer.
          _ = try await test.ask("d.example")
          #expect(try await asked.next()?.name == Name("d.example"))
        }
      }
    }
  }

  @Test("Without health checks no upstream is down; when they come back they keep their intervals")
  func healthChecksGoAndCome() async throws {
    try await ScriptedUpstream.run({ _, _ in [] }) { upstream in
      let test = ForwarderUnderTest(upstream) { $0.maximumFailures = 1 }
      try await test.run {
        var settings = test.forwarder.plan.settings
        try await test.check("a.example", "SERVFAIL")
        await test.clock.sleeper(until: .milliseconds(500))
        #expect(test.forwarder.counters.upstreams[0].isDown)
        settings.maximumFailures = 0
        test.forwarder.update(settings)
        #expect(!test.forwarder.counters.upstreams[0].isDown)
        test.clock.advance(by: .milliseconds(500))
        settings.maximumFailures = 1
        test.forwarder.update(settings)
        try await test.check("b.example", "SERVFAIL")
        await test.clock.sleeper(until: .milliseconds(1000))
        #expect(test.forwarder.counters.upstreams[0].isDown)
        test.clock.advance(by: .milliseconds(500))
        await test.clock.sleeper(until: .milliseconds(2000))
        #expect(test.forwarder.counters.upstreams[0].probes == 3)
      }
    }
  }

  @Test("Nobody waits for those who are asked in our place and are down, where there is an answer")
  func fallbackIsDown() async throws {
    try await ScriptedUpstream.run({ _, _ in [] }) { upstream in
      let test = ForwarderUnderTest {
        $0.fallback = [upstream]
        $0.maximumFailures = 1
        $0.cache.maximumEntries = 0
      }
      var responder = Responder(payloadSize: 1232, forwards: true, hasFallback: true)
      responder.fallBack(true)
      let name = "mysql-0.mysql.default.svc.cluster.local"
      try await test.run {
        try await test.send(name, from: responder).check("NOERROR 5 10.244.0.7")
        while !test.forwarder.counters.upstreams[0].isDown { await Task.yield() }
        let requests = test.forwarder.counters.upstreams[0].requests
        try await test.send(name, from: responder).check("NOERROR 5 10.244.0.7")
        #expect(requests == 4 && test.forwarder.counters.upstreams[0].requests == requests)
      }
    }
  }

  @Test("A domain whose own servers are silent does not make the upstream count as down")
  func deadDomain() async throws {
    let dead = try Name("dead.example")
    let probes = Atomic(0)
    let script: ScriptedUpstream.Script = { request, _ in
      if request.questions[0].name == .root { probes.add(1, ordering: .relaxed) }
      return request.questions[0].name.isEqual(toOrBelow: dead) ? [] : [ScriptedUpstream.reply(to: request)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream)
      try await test.run {
        for number in 0..<4 { try await test.check("n\(number).dead.example", "SERVFAIL") }
        try await test.check("a.example", "NOERROR 60 192.0.2.1")
        let counters = test.forwarder.counters.upstreams[0]
        #expect(!counters.isDown && counters.failures == 16)
        #expect(test.forwarder.counters.allDown == 0)
        // One an interval, however many questions fail; the clock stands still.
        while probes.load(ordering: .relaxed) < 1 { await Task.yield() }
        #expect(probes.load(ordering: .relaxed) == 1)
      }
    }
  }

  @Test("When all upstreams are down they are tried all the same")
  func allDown() async throws {
    let isSilent = Atomic(true)
    let script: ScriptedUpstream.Script = { request, number in
      isSilent.load(ordering: .relaxed) ? [] : [ScriptedUpstream.reply(to: request)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream) { $0.maximumFailures = 1 }
      try await test.run {
        try await test.check("a.example", "SERVFAIL")
        while !test.forwarder.counters.upstreams[0].isDown { await Task.yield() }
        // The failure is remembered for a second (RFC 9520).
        try await test.check("a.example", "SERVFAIL")
        #expect(test.forwarder.counters.upstreams[0].requests == 4)
        isSilent.store(false, ordering: .relaxed)
        try await test.check("b.example", "NOERROR 60 192.0.2.1")
        #expect(!test.forwarder.counters.upstreams[0].isDown)
        #expect(test.forwarder.counters.allDown == 1)
      }
    }
  }

  @Test("Policies: which upstream is first", arguments: UpstreamPolicy.allCases)
  func policies(policy: UpstreamPolicy) {
    let links = (1...3).map { number in
      UpstreamLink(Upstream(HostAddress("127.0.0.1")!, port: UInt16(number)), group: DNSClient.sharedGroup)
    }
    let group = UpstreamGroup(links, policy)
    let firsts = (0..<300).map { _ in group.order()[0].upstream.port }
    switch policy {
    case .sequential: #expect(Set(firsts) == [1])
    case .roundRobin: #expect(Array(firsts.prefix(6)) == [1, 2, 3, 1, 2, 3])
    // The chance that 300 throws of three sides miss one is 10⁻⁵².
    case .random: #expect(Set(firsts) == [1, 2, 3])
    }
    _ = links[0].probed(isAnswered: false, limit: 1)
    var round = UpstreamRound(links)
    #expect((0..<4).map { _ in round.nextLink()?.upstream.port } == [2, 3, 2, 3])
    for link in links { _ = link.probed(isAnswered: false, limit: 1) }
    round = UpstreamRound(links)
    #expect(round.areAllDown)
    #expect((0..<4).map { _ in round.nextLink()?.upstream.port } == [1, 2, 3, 1])
    _ = links[1].setLoop(true)
    #expect(!group.order().contains { $0 === links[1] })
  }
}
