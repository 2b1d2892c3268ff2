// SPDX-License-Identifier: Apache-2.0
import Logging
import TestSupport
import Testing

@testable import KubeClient

/// Answers that are none of an API server's, and the end of an outage.
@Suite("Wrong answers, and none", .timeLimit(.minutes(1))) struct WrongAnswerTests {
  private typealias Running = ReflectorTests.Running

  /// Moves the clock on to a moment for which the reflector waits.
  private static func pass(_ running: Running, to milliseconds: Int) async {
    let moment = Duration.milliseconds(milliseconds)
    await running.clock.sleeper(until: moment)
    running.clock.advance(by: moment - running.clock.now.offset)
  }

  private static func run(_ body: (Running, LogLines) async throws -> Void) async throws {
    let log = LogLines()
    try await ReflectorTests.run(logger: log.logger) { try await body($0, log) }
  }

  @Test("The types of an API server's answers", arguments: [
    ("application/json", AnswerForm.json), ("Application/JSON; charset=utf-8", .json),
    ("application/json;stream=watch", .json), ("application/vnd.kubernetes.protobuf;stream=watch", .protobuf),
    ("application/vnd.kubernetes.protobuffer", nil), ("text/html", nil), ("application/jsonp", nil), ("", nil),
  ] as [(String, AnswerForm?)]) func types(type: String, form: AnswerForm?) {
    #expect(AnswerForm(contentType: type) == form)
  }

  @Test("A page in place of a watch is told of, is no word of the server, and lists are asked for")
  func page() async throws {
    try await Self.run { running, log in
      let watch = try await running.server.call()
      #expect(watch["sendInitialEvents"] == "true")
      watch.reply("<html>\nlog\u{1B}in\u{202E}\(String(repeating: "x", count: 99))", type: "text/html; charset=x")
      await Self.pass(running, to: 800)
      let list = try await running.server.call()
      #expect(list["watch"] == nil && list["limit"] == "500")
      #expect(running.reflector.status.current.lastHeard == nil)
      #expect(running.reflector.status.current.errors == ["foreign": 1])
      let said = log.lines(with: "the answer is of text/html; charset=x, and not of JSON or protobuf")
      #expect(said.count == 1 && said[0].hasPrefix("GET /api/v1/services: "))
      #expect(said.first?.contains("\"<html> log in xxx") == true && said[0].utf8.count < 260)
      list.reply(Script.list([Script.service("a", "10.0.0.1")], version: 10))
      // Watches are still pages: what is new is told by lists, which wait longer each time.
      for (moment, address) in [(2400, "10.0.0.2"), (5600, "10.0.0.3")] {
        try await running.server.call().reply("<html>", type: "text/html")
        await Self.pass(running, to: moment)
        let again = try await running.server.call()
        #expect(again["watch"] == nil)
        again.reply(Script.list([Script.service("a", address)], version: 10))
        await running.wait("a", address)
      }
      // When the page has gone, a watch begins with all objects again.
      let last = try await running.server.call()
      #expect(last["watch"] == "true" && last["resourceVersion"] == "10")
      let stream = last.open()
      stream.send(Script.event("ERROR", Script.status(410)))
      await Self.pass(running, to: 6400)
      let whole = try await running.server.call()
      #expect(whole["sendInitialEvents"] == "true")
      whole.fail()
    }
  }

  @Test("A watch that ends before all was told, or in the middle of its first event, is followed by lists",
    arguments: ["", Script.event("ADDED", Script.service("a", "10.0.0.1")), #"{"type":"ADDED","object":{"x":[[[["#])
  func unfinished(text: String) async throws {
    try await Self.run { running, log in
      try await running.server.call().reply(text)
      await Self.pass(running, to: 800)
      let list = try await running.server.call()
      #expect(list["watch"] == nil)
      let isWord = text.contains("ADDED") && text.hasSuffix("\n")
      #expect((running.reflector.status.current.lastHeard != nil) == isWord)
      #expect(log.lines(with: "watch: ").count == 1)
      list.fail()
    }
  }

  @Test("Watches that tell nothing at all are no word of the server, and after three lists are asked for")
  func empty() async throws {
    try await Self.run { running, log in
      try await ReflectorTests.begin(running).end()
      for moment in [800, 2400, 5600] {
        let watch = try await running.server.call()
        #expect(watch["watch"] == "true" && watch["resourceVersion"] == "10")
        watch.reply("")
        await Self.pass(running, to: moment)
        #expect(running.reflector.status.current.lastHeard == .zero)
      }
      let list = try await running.server.call()
      #expect(list["watch"] == nil && list["resourceVersionMatch"] == "NotOlderThan")
      #expect(running.reflector.status.current.errors == ["empty": 3])
      #expect(log.levels(with: "ended it and told nothing") == [.warning, .warning, .warning])
      list.reply(Script.list([Script.service("c", "10.0.0.3")], version: 11))
      await running.wait("c", "10.0.0.3")
      #expect(running.reflector.status.current.lastHeard == .milliseconds(5600))
      try await running.server.call().fail()
    }
  }

  @Test("A watch that is answered is a word while it is open, though it tells nothing yet") func opened() async throws {
    try await Self.run { running, _ in
      try await ReflectorTests.begin(running).end()
      for moment in [800, 2400] {
        try await running.server.call().fail()
        await Self.pass(running, to: moment)
      }
      let stream = try await running.server.call().open()
      // It has been answered when something else is waited for: the time of silence.
      await running.clock.sleeper(until: .milliseconds(182_400))
      while running.reflector.status.current.lastHeard != .milliseconds(2400) { await Task.yield() }
      stream.end()
      await Self.pass(running, to: 3200)
      #expect(running.reflector.status.current.lastHeard == .zero)
      // The next that is answered might be as mute.
      let next = try await running.server.call().open()
      next.end()
      await Self.pass(running, to: 4800)
      #expect(running.reflector.status.current.lastHeard == .zero)
      try await running.server.call().fail()
    }
  }

  @Test("The end of an outage is told of, and for how long it was") func outage() async throws {
    try await Self.run { running, log in
      try await ReflectorTests.begin(running).cut()
      for moment in [800, 2400, 5600] {
        try await running.server.call().fail()
        await Self.pass(running, to: moment)
      }
      #expect(log.lines(with: "answers").isEmpty)
      let watch = try await running.server.call().open()
      watch.send(Script.event("MODIFIED", Script.service("a", "10.0.0.9", version: 11)))
      await running.wait("a", "10.0.0.9")
      #expect(log.lines(with: "answers") == ["the API server answers again; it did not for 5 s"])
      #expect(log.levels(with: "answers") == log.levels(with: "cannot connect").suffix(1))
      watch.end()
      let next = try await running.server.call()
      #expect(next["resourceVersion"] == "11")
      next.fail()
    }
  }
}
