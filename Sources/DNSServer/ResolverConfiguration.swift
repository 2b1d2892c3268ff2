// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// What `/etc/resolv.conf` says (resolv.conf(5)).
package struct ResolverConfiguration: Hashable, Sendable {
  /// Servers that are asked at most.
  package static let maximumNameservers = 3
  /// Domains in the search list at most, as Kubernetes allows them.
  package static let maximumSearchDomains = 32
  /// The largest `ndots`.
  package static let maximumDots = 15

  package var nameservers: [HostAddress]
  package var search: [Name]
  /// A name with at least this many dots is asked for as it is first.
  package var dots: Int

  package init(nameservers: [HostAddress] = [], search: [Name] = [], dots: Int = 1) {
    self.nameservers = nameservers
    self.search = search
    self.dots = dots
  }

  /// Reads the file's text. Lines that make no sense are passed over, as the C library does; so are addresses with a
  /// zone (`fe80::1%eth0`).
  package init(parsing text: some StringProtocol) {
    self.init()
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let keyword = words.first, !keyword.hasPrefix("#"), !keyword.hasPrefix(";") else { continue }
      switch keyword {
      case "nameserver":
        if words.count > 1, let address = HostAddress(words[1]), nameservers.count < Self.maximumNameservers {
          nameservers.append(address)
        }
      case "search", "domain":
        let domains = words.dropFirst().compactMap { try? Name(String($0)) }.filter { $0 != .root }
        search = Array(domains.prefix(Self.maximumSearchDomains))
      case "options":
        for option in words.dropFirst() where option.hasPrefix("ndots:") {
          if let number = Int(option.dropFirst(6)), number >= 0 { dots = min(number, Self.maximumDots) }
        }
      default:
        break
      }
    }
  }

  /// The names that a program asks for, one after the other, when it looks up `text`: with the search list's domains
  /// behind it, and as it is, first or last by its number of dots. A dot at the end means as it is only.
  package func candidates(for text: String) throws(WireError) -> [Name] {
    let name = try Name(text)
    if text.hasSuffix("."), !text.hasSuffix("\\.") { return [name] }
    let labels = name.labels
    let searched = search.compactMap { domain in try? Name(labels: labels + domain.labels) }
    return labels.count - 1 >= dots ? [name] + searched : searched + [name]
  }
}
