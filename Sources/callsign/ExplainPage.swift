// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import KubeClient
import KubeModel
import Manifests
import Naming
import Observability
import OrderedCollections
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

  /// With the objects of manifests, which are at hand.
  func page(_ objects: ManifestSource) -> ObservabilityPage {
    ObservabilityPage("/explain") { parameter in
      guard isOn.isOn else { return Self.off }
      do throws(StatusError) {
        return try answer(ExplainRequest(parameters: parameter), parameter, objects)
      } catch {
        return Answer(status: error.code, text: error.message + "\n")
      }
    }
  }

  /// With the objects of a cluster, which are fetched for each explanation; for one at a time, since they take memory.
  /// - Parameter filter: which of them are served.
  func page(_ fetch: ObjectFetch, _ filter: ObjectFilter) -> ObservabilityPage {
    let isBusy = Busy()
    return ObservabilityPage("/explain") { parameter in
      guard isOn.isOn else { return Self.off }
      var notes: [String] = []
      do throws(StatusError) {
        let request = try ExplainRequest(parameters: parameter)
        guard isBusy.begin() else {
          return Answer(status: 503, text: "another name is being explained: ask again in a moment\n")
        }
        defer { isBusy.end() }
        let namespaces = request.namespaces(in: names.snapshot)
        let fetched = await fetch.fetch(namespaces: namespaces)
        notes = fetched.notes
        return try answer(
          request, parameter, fetched.objects, kinds: fetched.kinds, namespaces: Set(namespaces), filter, notes)
      } catch {
        let lines = [error.message] + notes.map { "note: \($0)" }
        return Answer(status: error.code, text: lines.joined(separator: "\n") + "\n")
      }
    }
  }

  private func answer(
    _ request: ExplainRequest, _ parameter: (String) -> String?, _ source: any ObjectSource,
    kinds: Set<APIResource> = NameExplainer.kinds, namespaces: Set<String>? = nil,
    _ filter: ObjectFilter = ObjectFilter(), _ notes: [String] = []
  ) throws(StatusError) -> Answer {
    let explainer = NameExplainer(
      names: names, source: source, kinds: kinds, namespaces: namespaces, filter: filter, conduct: server,
      showsArguments: false
    ) { name, pod in
      // The search path of a pod without settings of its own; its machine is not known here.
      let zone = names.settings.zone
      let search = ["\(pod.metadata.namespace).svc.", "svc.", ""].compactMap { try? Name($0 + zone.description) }
      let resolver = DNSServer::ResolverConfiguration(search: search, dots: 5)
      return .init(servers: [], names: try resolver.candidates(for: name))
    }
    var json = try explainer.explain(request).json
    if parameter("output") == "json" {
      if !notes.isEmpty { json["unread"] = .array(notes.map { .string($0) }) }
      return Answer(contentType: "application/json", text: json.jsonText + "\n")
    }
    let text = [json["text"]?.string ?? ""] + notes.map { "note: \($0)" }
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
