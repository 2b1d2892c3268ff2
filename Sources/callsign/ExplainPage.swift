// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import KubeClient
import KubeModel
import Manifests
import Naming
import Observability
import OrderedCollections
import PodRuntime
import Synchronization

/// `/explain?name=…`: what `callsign explain` says, of the names that are served here. `output=json` gives it in parts.
/// Nobody is asked who they are, so arguments of probes, which may hold secrets, are left out.
struct ExplainPage: Sendable {
  let names: NameIndex
  /// What answers other names, or has them asked for elsewhere.
  let server: DNSServer
  /// The setting `explain`.
  let isOn: LiveSwitch

  private typealias Answer = ObservabilityPage.Answer
  private static let off = Answer(
    status: 404, text: "names are not explained here: the setting explain is false\n")

  /// With the objects of manifests, which are read for each explanation.
  func page(_ manifests: ManifestSource) -> ObservabilityPage {
    page { (request) throws(StatusError) in
      do throws(ManifestProblems) { return Evidence(objects: try manifests.current()) } catch {
        throw StatusError(
          .serviceUnavailable,
          "the manifests have mistakes, so names are still those that were read before, and nothing is explained until "
            + "they are mended:\n\(error)")
      }
    }
  }

  /// With the objects of a cluster, which are fetched for each explanation.
  /// - Parameter filter: which of them are served.
  func page(_ fetch: ObjectFetch, _ filter: ObjectFilter) -> ObservabilityPage {
    page { (request) throws(StatusError) in
      let namespaces = request.namespaces(in: names.snapshot)
      let fetched = await fetch.fetch(namespaces: namespaces)
      return Evidence(
        objects: fetched.objects, kinds: fetched.kinds, namespaces: Set(namespaces), filter: filter,
        notes: fetched.notes)
    }
  }

  /// What an explanation goes by.
  private struct Evidence {
    let objects: FixedObjects
    var kinds = NameExplainer.kinds
    var namespaces: Set<String>?
    var filter = ObjectFilter()
    /// What of the objects is not there, a sentence each.
    var notes: [String] = []
  }

  /// One name is explained at a time, since its objects take memory and time.
  private func page(
    _ gather: @escaping @Sendable (ExplainRequest) async throws(StatusError) -> Evidence
  ) -> ObservabilityPage {
    let isBusy = Busy()
    return ObservabilityPage("/explain") { parameter in
      guard isOn.isOn else { return Self.off }
      var notes: [String] = []
      do throws(StatusError) {
        let request = try ExplainRequest(parameters: parameter)
        let isJSON = try Self.wantsJSON(parameter("output"))
        guard isBusy.begin() else {
          return Answer(status: 503, text: "another name is being explained: ask again in a moment\n")
        }
        defer { isBusy.end() }
        let evidence = try await gather(request)
        notes = evidence.notes
        return try answer(request, evidence, isJSON: isJSON)
      } catch {
        let lines = [error.message] + notes.map { "note: \($0)" }
        return Answer(status: error.code, text: lines.joined(separator: "\n") + "\n")
      }
    }
  }

  private static func wantsJSON(_ output: String?) throws(StatusError) -> Bool {
    switch output {
    case nil, "", "text": return false
    case "json": return true
    case let other?: throw StatusError(.badRequest, "output: \"\(other)\" is neither text nor json")
    }
  }

  private func answer(
    _ request: ExplainRequest, _ evidence: Evidence, isJSON: Bool
  ) throws(StatusError) -> Answer {
    let explainer = NameExplainer(
      names: names, source: evidence.objects, kinds: evidence.kinds, namespaces: evidence.namespaces,
      filter: evidence.filter, conduct: server, showsArguments: false
    ) { name, pod in
      let settings = names.settings
      let resolver = DNSServer::ResolverConfiguration(
        of: pod, zone: settings.zone, servers: settings.serverAddresses)
      // A pod that has its node's settings asks whom they name.
      let servers = PodRuntime::ResolverConfiguration.isOfNode(pod) ? nil : resolver.nameservers
      return .init(servers: servers, names: try resolver.candidates(for: name))
    }
    var json = try explainer.explain(request).json
    if isJSON {
      if !evidence.notes.isEmpty { json["unread"] = .array(evidence.notes.map { .string($0) }) }
      return Answer(contentType: "application/json", text: json.jsonText + "\n")
    }
    let text = [json["text"]?.string ?? ""] + evidence.notes.map { "note: \($0)" }
    return Answer(text: text.joined(separator: "\n") + "\n")
  }
}

/// Whether an explanation is being made.
private final class Busy: Sendable {
  private let isBusy = Mutex(false)

  /// False where one is already.
  func begin() -> Bool {
    isBusy.withLock { isBusy in
      defer { isBusy = true }
      return !isBusy
    }
  }

  func end() { isBusy.withLock { $0 = false } }
}
