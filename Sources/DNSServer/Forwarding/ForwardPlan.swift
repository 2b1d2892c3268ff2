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
  let staticNames: StaticNames
  let special: SpecialNames
  /// `nil`: there are no upstreams.
  private let group: UpstreamGroup?
  /// Who is asked for our own names in our place; `nil`: nobody.
  let fallback: UpstreamGroup?
  /// Domains that go elsewhere, or are refused.
  private let routes: SuffixTable<UpstreamGroup?>

  /// - Parameter link: gives the way to an upstream.
  init(_ settings: ForwardingSettings, _ staticNames: StaticNames, link: (Upstream) -> UpstreamLink) {
    self.settings = settings
    self.staticNames = staticNames
    special = SpecialNames(settings, staticNames)
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
    self.staticNames = staticNames
    special = SpecialNames(plan.settings, staticNames)
    group = plan.group
    fallback = plan.fallback
    routes = plan.routes
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
