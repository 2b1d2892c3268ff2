// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Names with fixed addresses, as of hosts(5): what is answered before any upstream is asked.
struct StaticNames: Sendable {
  /// Lines at most, of file and settings together; further ones are left out.
  static let maximumEntries = 100_000
  /// Octets of a file at most.
  static let maximumFileSize = 16 << 20
  /// Names of one line at most.
  static let maximumNamesPerEntry = 64
  /// Names that one address leads back to, and addresses of one name, at most; further ones are left out. Lists of
  /// unwanted names have one address for them all.
  static let maximumPerKey = 64

  private var addresses: [Name: [HostAddress]] = [:]
  private var names: [HostAddress: [Name]] = [:]
  private let ttl: UInt32
  /// Lines that were left out: without sense, or too many.
  private(set) var leftOut = 0

  static let none = StaticNames(StaticNameSettings(), fileText: nil)

  init(_ settings: StaticNameSettings, fileText: String?) {
    ttl = settings.ttl
    var room = Self.maximumEntries
    // What the settings say comes first, and so names an address.
    for entry in settings.entries {
      guard room > 0 else {
        leftOut += 1
        continue
      }
      room -= 1
      add(entry)
    }
    guard let fileText else { return }
    for line in fileText.utf8.split(separator: UInt8(ascii: "\n")) {
      switch StaticNameEntry.Line(parsing: line) {
      case .nothing: break
      case .entry(let entry) where room > 0:
        room -= 1
        add(entry)
      case .entry, .nonsense: leftOut += 1
      }
    }
  }

  var isEmpty: Bool { addresses.isEmpty }
  var count: Int { addresses.count }

  private mutating func add(_ entry: StaticNameEntry) {
    for name in entry.names { Self.add(entry.address, to: &addresses[name, default: []]) }
    if let canonical = entry.names.first { Self.add(canonical, to: &names[entry.address, default: []]) }
  }

  private static func add<Element: Equatable>(_ element: Element, to list: inout [Element]) {
    if list.count < maximumPerKey, !list.contains(element) { list.append(element) }
  }

  /// The answer for a name that is here. Such a name is ours altogether: types that it does not have are empty, and are
  /// not asked for elsewhere.
  func answer(_ question: Question) -> ForwardedAnswer? {
    if isEmpty { return nil }
    if let found = addresses[question.name] {
      let records = found.compactMap { address -> Record? in
        let type: RecordType = address.family == .ipv4 ? .a : .aaaa
        guard question.type == type || question.type == .any else { return nil }
        return Record(name: question.name, type: type, ttl: ttl, data: address.octets)
      }
      return .local(question, records, zone: question.name, ttl: ttl)
    }
    guard question.name.labels.last.map({ $0.count == 4 }) == true,
      let address = QueryName(question.name.lowercased).reverseAddressOfAnyFamily, let found = names[address]
    else { return nil }
    let isPointer = question.type == .ptr || question.type == .any
    let records = found.map { Record(name: question.name, type: .ptr, ttl: ttl, data: $0.wire) }
    return .local(question, isPointer ? records : [], zone: question.name, ttl: ttl)
  }
}

extension QueryName {
  fileprivate var reverseAddressOfAnyFamily: HostAddress? {
    guard labelCount >= 2 else { return nil }
    if hasSuffix(ReverseZone.inAddrArpa.name.wire, fromLabel: labelCount - 2) { return reverseAddress(in: .inAddrArpa) }
    if hasSuffix(ReverseZone.ip6Arpa.name.wire, fromLabel: labelCount - 2) { return reverseAddress(in: .ip6Arpa) }
    return nil
  }
}

extension ForwardedAnswer {
  /// An answer of which this server is the source. Without records it has an SOA, so that clients can remember it
  /// (RFC 2308 §3).
  static func local(
    _ question: Question, _ records: [Record], code: ResponseCode = .noError, zone: Name, ttl: UInt32
  ) -> ForwardedAnswer {
    var authorities: [Record] = []
    if records.isEmpty {
      let person = Name(uncheckedWire: Array("\u{6}nobody\u{7}invalid\u{0}".utf8))
      let times: [UInt32] = [1, 3600, 1200, 604_800, ttl]
      let numbers = times.flatMap { time in (0..<4).map { UInt8(truncatingIfNeeded: time >> (24 - 8 * $0)) } }
      authorities = [Record(name: zone, type: .soa, ttl: ttl, data: zone.wire + person.wire + numbers)]
    }
    var answer = ForwardedAnswer(
      code, to: question, answers: records, authorities: authorities, limits: ForwardCacheSettings())
    answer.isAuthoritative = true
    return answer
  }
}

extension StaticNameEntry {
  /// What a line of hosts(5) is.
  enum Line: Sendable {
    /// Empty, or a comment.
    case nothing
    case entry(StaticNameEntry)
    /// No address, no name, or names that cannot be.
    case nonsense

    init(parsing line: some Collection<UInt8>) {
      let text = String(decoding: line.prefix { $0 != UInt8(ascii: "#") }, as: UTF8.self)
      let words = text.split(whereSeparator: \.isWhitespace)
      guard let first = words.first else {
        self = .nothing
        return
      }
      let names = words.dropFirst().prefix(StaticNames.maximumNamesPerEntry).compactMap { word -> Name? in
        guard let name = try? Name(String(word)), name != .root, !word.hasPrefix("*") else { return nil }
        return name
      }
      guard let address = HostAddress(first), !names.isEmpty, names.count == words.count - 1 else {
        self = .nonsense
        return
      }
      self = .entry(StaticNameEntry(address: address, names: names))
    }
  }

  /// Reads `192.0.2.1 name alias`: the form of a line in hosts(5). `nil` if it is none.
  package init?(parsing text: String) {
    guard case .entry(let entry) = Line(parsing: Array(text.utf8)) else { return nil }
    self = entry
  }
}
