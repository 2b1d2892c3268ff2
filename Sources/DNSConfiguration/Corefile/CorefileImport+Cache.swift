// SPDX-License-Identifier: Apache-2.0

// What is remembered of the answers of upstreams.
extension CorefileImport {
  mutating func cache(_ directive: Corefile.Directive) {
    var arguments = directive.arguments[...]
    if let ttl = arguments.first, Self.isNumber(ttl) {
      put("cache.maxTtl", ttl, directive)
      put("cache.maxNegativeTtl", ttl, directive)
      arguments = arguments.dropFirst()
    } else {
      put("cache.maxNegativeTtl", "1800", directive, comment: "What CoreDNS has where nothing is said.")
    }
    put("cache.stale", "0", directive, comment: "Old answers while upstreams fail: CoreDNS has none without serve_stale.")
    if !arguments.isEmpty { note(directive, "all that is forwarded is remembered, in whatever zone") }
    var capacity = 0
    for option in directive.body { cacheOption(option, &capacity) }
    if capacity > 0 { put("cache.maxEntries", "\(capacity)", directive) }
  }

  /// Also one that is no time to live, such as `-5`: it is no zone either.
  private static func isNumber(_ text: String) -> Bool {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    return !digits.isEmpty && digits.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  }

  private mutating func cacheOption(_ option: Corefile.Directive, _ capacity: inout Int) {
    let arguments = option.arguments
    switch option.name {
    case "success", "denial":
      if let entries = arguments.first.flatMap({ Int($0) }), entries >= 0 {
        // More than fit are more than are allowed, which is said where the sum is put.
        let (sum, isTooLarge) = capacity.addingReportingOverflow(entries)
        capacity = isTooLarge ? .max : sum
      } else {
        note(option, "does not say how many answers are remembered")
      }
      if arguments.count > 1 {
        put(option.name == "success" ? "cache.maxTtl" : "cache.maxNegativeTtl", arguments[1], option)
      }
      if arguments.count > 2, arguments[2] != "5" {
        note(option, "an answer is not remembered for longer than it says")
      }
    case "prefetch":
      put("cache.prefetchHits", arguments.first ?? "", option)
      for argument in arguments.dropFirst() where argument.hasSuffix("%") {
        put("cache.prefetchPart", String(argument.dropLast()), option)
      }
    case "serve_stale":
      serveStale(option)
    case "servfail":
      guard let time = arguments.first.flatMap({ GoDuration.seconds($0) }) else {
        return note(option, "is no span of time", changesAnswers: true)
      }
      put("cache.failureTtl", "\(time)", option)
    case "disable":
      // Names of the cluster are never remembered here.
      let others = arguments.dropFirst().filter { $0.trimmingDot != clusterZone }
      if arguments.count == 1 {
        put(arguments[0] == "success" ? "cache.maxTtl" : "cache.maxNegativeTtl", "0", option)
      } else if !others.isEmpty {
        note(option, "all that is forwarded is remembered, in whatever zone")
      }
    case "keepttl": note(option, "a remembered answer's time counts down")
    default: noteUnknown(option, of: "cache")
    }
  }

  /// `serve_stale [DURATION] [REFRESH_MODE] [VERIFY_TIMEOUT]`
  private mutating func serveStale(_ option: Corefile.Directive) {
    let arguments = option.arguments
    let time = arguments.first.map { GoDuration.seconds($0) } ?? 3600
    guard let time else { return note(option, "is no span of time", changesAnswers: true) }
    put("cache.stale", "\(time)", option)
    switch arguments.dropFirst().first ?? "immediate" {
    case "immediate": put("cache.staleWait", "0", option)
    case "verify":
      guard arguments.count > 2 else {
        return note(option, "an old answer is given once upstreams have failed, at the latest after cache.staleWait")
      }
      guard let wait = GoDuration.milliseconds(arguments[2]) else {
        return note(option, "\(arguments[2]) is no span of time", changesAnswers: true)
      }
      put("cache.staleWait", "\(wait)", option)
    case let mode: note(option, "\(mode) is not known to this translation", changesAnswers: true)
    }
  }
}
