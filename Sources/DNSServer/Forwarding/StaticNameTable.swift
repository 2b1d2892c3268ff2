// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The lines of one source of static names.
struct StaticNameTable: Equatable, Sendable {
  private(set) var addresses: [Name: [HostAddress]] = [:]
  private(set) var names: [HostAddress: [Name]] = [:]
  /// Lines that were left out.
  private(set) var leftOut = 0
  /// The numbers of the first of them in a file.
  private(set) var firstLeftOut: [Int] = []

  /// Numbers that are kept.
  private static let maximumNumbers = 5

  /// - Parameter room: entries that are taken; further ones are left out.
  init(_ entries: [StaticNameEntry], room: Int) {
    for entry in entries.prefix(room) { add(entry) }
    leftOut = max(0, entries.count - room)
  }

  /// Reads a file in the form of hosts(5).
  init(parsing text: String, room: Int) {
    var room = room
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      switch StaticNameEntry.Line(parsing: line) {
      case .nothing: break
      case .entry(let entry) where room > 0:
        room -= 1
        add(entry)
      case .entry, .nonsense:
        leftOut += 1
        if firstLeftOut.count < Self.maximumNumbers { firstLeftOut.append(index + 1) }
      }
    }
  }

  private mutating func add(_ entry: StaticNameEntry) {
    for name in entry.names { Self.add(entry.address, to: &addresses[name, default: []]) }
    if let canonical = entry.names.first { Self.add(canonical, to: &names[entry.address, default: []]) }
  }

  private static func add<Element: Equatable>(_ element: Element, to list: inout [Element]) {
    if list.count < StaticNames.maximumPerKey, !list.contains(element) { list.append(element) }
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
