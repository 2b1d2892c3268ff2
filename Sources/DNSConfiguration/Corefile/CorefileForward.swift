// SPDX-License-Identifier: Apache-2.0

/// A `forward` of a Corefile: for which domains, whom it asks, and how.
struct CorefileForward {
  /// What is said in braces.
  struct Option {
    var value: String
    var directive: Corefile.Directive
  }

  let directive: Corefile.Directive
  /// `.` stands for all names that no other domain has.
  let domains: [String]
  /// Those that can be asked here: addresses, and paths of files that name some.
  let upstreams: [String]
  /// By the setting that it becomes.
  private(set) var options: [String: Option] = [:]
  /// Domains that are not forwarded, and where that is said.
  var exceptions: [(domain: String, directive: Corefile.Directive)] = []

  init(_ directive: Corefile.Directive, domains: [String], upstreams: [String]) {
    self.directive = directive
    self.domains = domains
    self.upstreams = upstreams
  }

  /// Whether it is for all names, and somebody can be asked.
  var isGeneral: Bool { domains.contains(".") && !upstreams.isEmpty }
  /// The upstreams that a route can have.
  var addresses: [String] { upstreams.filter { !$0.hasPrefix("/") } }
  /// Whether it matters which of them is asked first.
  var hasChoice: Bool { upstreams.count > 1 || upstreams.contains { $0.hasPrefix("/") } }

  mutating func set(_ key: String, _ value: String, _ directive: Corefile.Directive) {
    options[key] = Option(value: value, directive: directive)
  }

  /// The labels of the longest of its domains that a domain is, or lies below; nil for none.
  func depth(of domain: String) -> Int? {
    domains.filter { Self.isWithin(domain, $0) }.map { $0 == "." ? 0 : $0.split(separator: ".").count }.max()
  }

  /// Whether it gets all names of a domain.
  func takes(_ domain: String) -> Bool {
    domains.contains { Self.isWithin(domain, $0) } && !exceptions.contains { Self.isWithin(domain, $0.domain) }
  }

  static func isWithin(_ domain: String, _ parent: String) -> Bool {
    parent == "." || domain == parent || domain.hasSuffix("." + parent)
  }
}
