// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import DNSServer

@Suite("Answers near and after their end", .timeLimit(.minutes(1)))
struct StaleAnswerTests {
  @Test("While upstreams fail, an old answer is given, and soon without asking (RFC 8767)")
  func staleOnFailure() async throws {
    let script: ScriptedUpstream.Script = { request, number in
      if number == 0 { return ForwarderLifeTests.reply(request, 0, ttl: 5) }
      if number == 5 { return ForwarderLifeTests.reply(request, 5, ttl: 5) }
      return [ScriptedUpstream.message(to: request, code: .serverFailure)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream)
      try await test.run {
        try await test.check("a.example", "NOERROR 5 192.0.2.0")
        test.clock.advance(by: .seconds(5))
        // Four tries fail.
        try await test.check("a.example", "NOERROR 5 192.0.2.0")
        try await test.check("a.example", "NOERROR 5 192.0.2.0")
        #expect(test.forwarder.counters.upstreams.map(\.requests) == [5])
        #expect(test.forwarder.counters.cache.servedStale == 2)
        test.clock.advance(by: .seconds(ForwardCache.staleRetrySeconds))
        try await test.check("a.example", "NOERROR 5 192.0.2.5")
      }
    }
  }

  @Test("A client does not wait longer than is good for it when there is an old answer (RFC 8767 §5)")
  func staleOnSilence() async throws {
    let isSilent = Atomic(false)
    let script: ScriptedUpstream.Script = { request, number in
      isSilent.load(ordering: .relaxed) ? [] : ForwarderLifeTests.reply(request, number, ttl: 600)
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream) { $0.timeoutMilliseconds = 1000 }
      try await test.run {
        try await test.check("a.example", "NOERROR 600 192.0.2.0")
        isSilent.store(true, ordering: .relaxed)
        test.clock.advance(by: .seconds(600))
        let answer = try test.send("a.example")
        await test.clock.sleeper(until: .milliseconds(601_800))
        let joined = try test.send("a.example")
        test.clock.advance(by: .milliseconds(1800))
        for answer in [answer, joined] { try await answer.check("NOERROR 30 192.0.2.0") }
        // The upstream is still being asked.
        try await test.check("a.example", "NOERROR 30 192.0.2.0")
      }
      #expect(test.forwarder.counters.cache.servedStale == 3)
    }
  }

  @Test("A popular answer is asked for anew before its end, and nobody waits for it")
  func prefetch() async throws {
    try await ScriptedUpstream.run({ request, number in ForwarderLifeTests.reply(request, number, ttl: 100) }) { upstream in
      let test = ForwarderUnderTest(upstream) { $0.cache.prefetchHits = 2 }
      try await test.run {
        try await test.check("a.example", "NOERROR 100 192.0.2.0")
        test.clock.advance(by: .seconds(95))
        for _ in 0..<2 { try await test.check("a.example", "NOERROR 5 192.0.2.0") }
      }
      // The forwarder has ended, and so has what it asked.
      try await test.check("a.example", "NOERROR 100 192.0.2.1")
      #expect(test.forwarder.counters.cache.prefetches == 1)
    }
  }

  @Test("An answer that ends while it is asked for anew still serves (RFC 8767)", arguments: [true, false])
  func staleWhilePrefetching(isSilent: Bool) async throws {
    let (arrivals, arrived) = AsyncStream<Void>.makeStream()
    let go = DispatchSemaphore(value: 0)
    let script: ScriptedUpstream.Script = { request, number in
      if number == 0 { return ForwarderLifeTests.reply(request, 0, ttl: 100) }
      arrived.yield()
      go.wait()
      return [ScriptedUpstream.message(to: request, code: .serverFailure)]
    }
    try await ScriptedUpstream.run(script) { upstream in
      let test = ForwarderUnderTest(upstream) {
        $0.timeoutMilliseconds = 30_000
        $0.cache.prefetchHits = 1
      }
      try await test.run {
        try await test.check("a.example", "NOERROR 100 192.0.2.0")
        test.clock.advance(by: .seconds(95))
        try await test.check("a.example", "NOERROR 5 192.0.2.0")
        for await _ in arrivals { break }
        test.clock.advance(by: .seconds(5))
        let answers = try (0..<2).map { _ in try test.send("a.example") }
        if isSilent {
          await test.clock.sleeper(until: .milliseconds(101_800))
          test.clock.advance(by: .milliseconds(1800))
        } else {
          go.signal()
        }
        for answer in answers { try await answer.check("NOERROR 30 192.0.2.0") }
        // The next one does not even wait.
        try await test.check("a.example", "NOERROR 30 192.0.2.0")
        if isSilent { go.signal() }
      }
      #expect(test.forwarder.counters.cache.servedStale == 3)
      #expect(test.forwarder.counters.upstreams.map(\.requests) == [2])
    }
  }
}
