// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What is done with which name: made of the settings, and replaced as a whole when they change.
final class ForwardPlan: Sendable {
  /// What becomes of a question.
  enum Decision: Sendable {
    /// A static name.
    case fixed(ForwardedAnswer)
    /// A name with a meaning of its own.
    case special(ForwardedAnswer)
    case ask(UpstreamGroup)
    case refuse
  }

  let settings: ForwardingSettings
  /// Another one where others are asked than before.
  let generation: UInt32
  let staticNames: StaticNames
  let special: SpecialNames
  /// `nil`: there are no upstreams.
  private let group: UpstreamGroup?
  /// Who is asked for our own names in our place; `nil`: nobody.
  let fallback: UpstreamGroup?
  /// Domains that go elsewhere, or are refused.
  private let routes: SuffixTable<UpstreamGroup?>
  /// Domains that have names with answers of their own below them, and so exist (RFC 8020).
  private let parents: Set<Name>

  /// - Parameter link: gives the way to an upstream.
  init(
    _ settings: ForwardingSettings, _ staticNames: StaticNames, generation: UInt32, link: (Upstream) -> UpstreamLink
  ) {
    self.settings = settings
    self.generation = generation
    self.staticNames = staticNames
    special = SpecialNames(settings)
    parents = Self.parents(settings, staticNames)
    func group(_ upstreams: [Upstream], _ policy: UpstreamPolicy) -> UpstreamGroup? {
      upstreams.isEmpty ? nil : UpstreamGroup(upstreams.map(link), policy)
    }
    self.group = group(settings.upstreams, settings.policy)
    fallback = group(settings.fallback, settings.policy)
    var routes = SuffixTable<UpstreamGroup?>()
    for route in settings.routes { routes[route.domain] = group(route.upstreams, route.policy) }
    self.routes = routes
  }

  /// The same with other static names.
  init(_ plan: ForwardPlan, staticNames: StaticNames) {
    settings = plan.settings
    generation = plan.generation
    self.staticNames = staticNames
    special = plan.special
    parents = Self.parents(plan.settings, staticNames)
    group = plan.group
    fallback = plan.fallback
    routes = plan.routes
  }

  private static func parents(_ settings: ForwardingSettings, _ staticNames: StaticNames) -> Set<Name> {
    var parents: Set<Name> = []
    func add(above name: Name) {
      var wire = name.lowercased.wire[...]
      while wire.count > 1 {
        wire = wire.dropFirst(1 + Int(wire[wire.startIndex]))
        guard parents.insert(Name(uncheckedWire: Array(wire))).inserted else { return }
      }
    }
    for name in staticNames.names { add(above: name) }
    for route in settings.routes { add(above: route.domain) }
    return parents
  }

  /// Whether a name exists, whatever others say of it: there are names below it that they do not know of.
  func isParent(_ name: Name) -> Bool {
    parents.contains(name) || !staticNames.isEmpty && QueryName(name).isAboveAddresses
  }

  /// Static names go first, then a route for the name's domain, then names with a meaning of their own.
  func decide(_ question: Question) -> Decision {
    if let answer = staticNames.answer(question) { return .fixed(answer) }
    // A transfer is between the servers of a zone.
    if question.type.isZoneTransfer { return .refuse }
    var chosen = group
    if let route = route(for: question.name) {
      chosen = route.value
      if route.domain.count > 1 { return chosen.map { .ask($0) } ?? .refuse }
    }
    if let answer = special.answer(question) { return .special(answer) }
    return chosen.map { .ask($0) } ?? .refuse
  }

  /// The route of the longest domain that a name is at or below.
  func route(for name: Name) -> (domain: ArraySlice<UInt8>, value: UpstreamGroup?)? {
    routes.isEmpty ? nil : routes.longestMatch(name.lowercased.wire)
  }
}
