// SPDX-License-Identifier: Apache-2.0

/// The forms of names and addresses that the Kubernetes API uses.
///
/// Source: "Object Names and IDs" and "Labels and Selectors" of the Kubernetes documentation; RFC 1123 §2.1, RFC 1035
/// §2.3.1, RFC 6335 §5.1.
package enum ValueFormat: Sendable {
  /// RFC 1123 label: lower-case letters, digits and `-`, at most 63, a letter or digit at both ends.
  case dnsLabel
  /// Nothing, or as ``dnsLabel``.
  case emptyOrDNSLabel
  /// RFC 1035 label: as ``dnsLabel``, but it starts with a letter. Names of Services.
  case dns1035Label
  /// RFC 1123 labels joined by dots, at most 253.
  case dnsSubdomain
  /// An optional DNS subdomain and `/`, then a name: keys of labels and annotations.
  case qualifiedName
  /// The value of a label: empty, or at most 63 of letters, digits, `-`, `_`, `.`.
  case labelValue
  /// An IANA service name (RFC 6335): at most 15, at least one letter. Names of container ports.
  case portName
  /// An IPv4 or IPv6 address.
  case ipAddress
  /// The key of a ConfigMap: letters, digits, `-`, `_`, `.`, at most 253.
  case configMapKey
  /// The name of an environment variable: anything printable without `=`.
  case environmentName
  /// An address block such as `10.0.0.0/8`.
  case addressBlock
  /// What can stand between two slashes of a path: names of roles and bindings.
  case pathSegment
  /// A relative path without `..`.
  case pathInside
  /// An absolute path.
  case absolutePath

  /// What is wrong with `text`, or nil.
  package func problem(of text: String) -> String? {
    switch self {
    case .dnsLabel: Self.labelProblem(text)
    case .emptyOrDNSLabel: text.isEmpty ? nil : Self.labelProblem(text)
    case .dns1035Label: Self.label1035Problem(text)
    case .dnsSubdomain: Self.subdomainProblem(text)
    case .qualifiedName: Self.qualifiedNameProblem(text)
    case .labelValue: Self.labelValueProblem(text)
    case .portName: Self.portNameProblem(text)
    case .ipAddress: IPAddress(text) == nil ? "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" : nil
    case .addressBlock:
      AddressBlock(text) == nil ? "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)" : nil
    case .pathSegment: Self.pathSegmentProblem(text)
    case .configMapKey: Self.configMapKeyProblem(text)
    case .environmentName:
      text.isEmpty || text.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "=") || $0 >= 0x7F })
        ? "a valid environment variable name consists of printable ASCII characters other than '='" : nil
    case .pathInside: Self.pathInsideProblem(text)
    case .absolutePath: text.hasPrefix("/") ? nil : "must be an absolute path"
    }
  }

  private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
  private static func isUpper(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
  private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
  private static func isAlphanumeric(_ byte: UInt8) -> Bool { isLower(byte) || isUpper(byte) || isDigit(byte) }

  private static func isLabel(_ text: some Collection<UInt8>, firstIsLetter: Bool = false) -> Bool {
    var last: UInt8 = UInt8(ascii: "-")
    for (index, byte) in text.enumerated() {
      guard isLower(byte) || isDigit(byte) || (byte == UInt8(ascii: "-") && index > 0) else { return false }
      if index == 0, firstIsLetter, !isLower(byte) { return false }
      last = byte
    }
    return last != UInt8(ascii: "-")
  }

  private static func labelProblem(_ text: String) -> String? {
    if text.utf8.count > 63 { return "must be no more than 63 bytes" }
    if isLabel(text.utf8) { return nil }
    return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
      + "end with an alphanumeric character (e.g. 'my-name', or '123-abc')"
  }

  private static func label1035Problem(_ text: String) -> String? {
    if text.utf8.count > 63 { return "must be no more than 63 bytes" }
    if isLabel(text.utf8, firstIsLetter: true) { return nil }
    return "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
      + "character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')"
  }

  private static func subdomainProblem(_ text: String) -> String? {
    if text.utf8.count > 253 { return "must be no more than 253 bytes" }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    if labels.allSatisfy({ isLabel($0) }) { return nil }
    return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
      + "start and end with an alphanumeric character (e.g. 'example.com')"
  }

  /// `[A-Za-z0-9]`, with `-`, `_`, `.` allowed between.
  private static func isName(_ text: some BidirectionalCollection<UInt8>) -> Bool {
    guard let first = text.first, let last = text.last, isAlphanumeric(first), isAlphanumeric(last) else {
      return false
    }
    return text.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
  }

  private static func qualifiedNameProblem(_ text: String) -> String? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count > 2 { return "a qualified name has at most one '/', between a DNS prefix and the name" }
    if parts.count == 2, let problem = subdomainProblem(String(parts[0])) { return "prefix part \(problem)" }
    let name = parts[parts.count - 1]
    if name.utf8.count > 63 { return "name part must be no more than 63 bytes" }
    if isName(name.utf8) { return nil }
    return "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
      + "alphanumeric character (e.g. 'MyName', or 'my.name', or '123-abc')"
  }

  private static func labelValueProblem(_ text: String) -> String? {
    if text.isEmpty { return nil }
    if text.utf8.count > 63 { return "must be no more than 63 bytes" }
    if isName(text.utf8) { return nil }
    return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
      + "start and end with an alphanumeric character (e.g. 'MyValue', or 'my_value', or '12345')"
  }

  private static func portNameProblem(_ text: String) -> String? {
    if text.utf8.count > 15 { return "must be no more than 15 characters" }
    if !text.utf8.contains(where: isLower) { return "must contain at least one letter (a-z)" }
    if !isLabel(text.utf8) {
      return
        "must contain only lower case alphanumeric characters (a-z, 0-9) and '-', and must not start or end with '-'"
    }
    return text.contains("--") ? "must not contain consecutive hyphens" : nil
  }

  private static func pathSegmentProblem(_ text: String) -> String? {
    if text == "." || text == ".." { return "may not be '\(text)'" }
    for character in ["/", "%"] where text.contains(character) { return "may not contain '\(character)'" }
    return nil
  }

  private static func pathInsideProblem(_ text: String) -> String? {
    if text.hasPrefix("/") { return "must be a relative path" }
    return text.split(separator: "/").contains("..") ? "must not contain '..'" : nil
  }

  private static func configMapKeyProblem(_ text: String) -> String? {
    if text.utf8.count > 253 { return "must be no more than 253 bytes" }
    if text == "." || text.hasPrefix("..") { return "must not be '.' or start with '..'" }
    let isValid = text.utf8.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
    }
    return isValid && !text.isEmpty
      ? nil : "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name')"
  }
}
