// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import TestSupport
import Testing

@testable import KubeClient

@Suite("Objects for an explanation", .timeLimit(.minutes(1))) struct ObjectFetchTests {
  private static func list(_ names: [String], token: String = "") -> String {
    let items = names.map { #"{"metadata":{"name":"\#($0)","namespace":"a","managedFields":[{}]}}"# }
    return Script.list(items, version: 1, token: token)
  }

  @Test("all pages of each kind are fetched, and what may not be read is named") func fetch() async throws {
    let server = ScriptedServer()
    async let fetched = ObjectFetch(server).fetch(namespaces: ["a"])
    try await server.call().reply(Script.list([#"{"metadata":{"name":"a"}}"#], version: 1))
    let services = try await server.call()
    #expect(services.request.path == "/api/v1/namespaces/a/services")
    services.reply(Self.list(["y"], token: "next"))
    let page = try await server.call()
    #expect(page["continue"] == "next")
    page.reply(Self.list(["x"]))
    try await server.call().reply(Self.list([]))
    try await server.call().reply(Script.status(403), status: 403)
    try await server.call().fail()
    let result = await fetched
    #expect(result.kinds == [.namespaces, .services, .endpointSlices])
    let found = result.objects.objects(.services, namespace: "a")
    #expect(found.map(\.metadata.name) == ["x", "y"])
    #expect(found[0].root["metadata"]?["managedFields"] == nil && found[0].root["kind"] == "Service")
    #expect(
      result.notes == [
        "this server's account may not list pods, so nothing is said of them",
        "statefulsets.apps could not be read, so nothing is said of them: cannot connect: refused",
      ])
  }

  @Test("a server that says nothing any more is not waited for") func silent() async throws {
    let server = ScriptedServer()
    let clock = ManualClock()
    async let fetched = ObjectFetch(server, time: ReflectorTime(clock) { 0 }).fetch(namespaces: ["a"])
    try await server.call().reply(Script.list([#"{"metadata":{"name":"a"}}"#], version: 1))
    let stream = try await server.call().open()
    stream.send(#"{"items":["#)
    await clock.sleeper(until: ObjectFetch.timeLimit)
    clock.advance(by: ObjectFetch.timeLimit)
    let result = await fetched
    #expect(result.kinds == [.namespaces])
    #expect(result.notes.count == 4)
    #expect(result.notes.first?.hasPrefix("the API server did not send services within 20 s") == true)
  }

  @Test("more than fits is not looked at") func tooMuch() async throws {
    let server = ScriptedServer()
    async let fetched = ObjectFetch(server).fetch(namespaces: ["a"])
    try await server.call().reply(Script.list([#"{"metadata":{"name":"a"}}"#], version: 1))
    let stream = try await server.call().open()
    stream.send(String(repeating: " ", count: ObjectFetch.maximumSize))
    for _ in 0..<3 { try await server.call().reply(Self.list([])) }
    let result = await fetched
    #expect(result.kinds == [.namespaces])
    #expect(result.notes.first == "there are more than 4 MiB of objects to look at, so nothing is said of services")
  }
}
