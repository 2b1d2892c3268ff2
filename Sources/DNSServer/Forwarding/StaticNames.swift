// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging

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

  /// What the settings say, which comes first, and so names an address.
  private let own: StaticNameTable
  /// What the file held when it could be read last.
  private let ofFile: StaticNameTable
  private let file: String?
  private let ttl: UInt32
  /// Names that are here.
  let count: Int

  init(_ settings: StaticNameSettings, fileText: String?) {
    self.init(settings, ofFile: fileText.map { StaticNameTable(parsing: $0, room: Self.room(for: settings)) })
  }

  private init(_ settings: StaticNameSettings, ofFile: StaticNameTable?) {
    ttl = settings.ttl
    file = settings.file
    let own = StaticNameTable(settings.entries, room: Self.maximumEntries)
    let ofFile = ofFile ?? StaticNameTable([], room: 0)
    count = own.addresses.count + ofFile.addresses.keys.count { own.addresses[$0] == nil }
    self.own = own
    self.ofFile = ofFile
  }

  /// With what the file holds now. Of one that cannot be read, what it held last stays; of one that could never be read
  /// there is nothing.
  init(reading settings: StaticNameSettings, after last: StaticNames? = nil, _ logger: Logger) {
    guard let file = settings.file else {
      self.init(settings, ofFile: nil)
      return
    }
    do {
      let text = String(decoding: try Files.read(file, limit: Self.maximumFileSize), as: UTF8.self)
      self.init(settings, fileText: text)
    } catch {
      let known = last?.file == file ? last?.ofFile : nil
      let rest = known == nil ? "until it can be read, it counts as empty" : "what it held before stays"
      logger.warning("static names: \(error); \(rest)")
      self.init(settings, ofFile: known)
    }
    // What is known already is not told again whenever the file is read.
    if leftOut > 0, file != last?.file || own != last?.own || ofFile != last?.ofFile {
      logger.warning("static names: \(leftOut) lines make no sense, or are too many, and are left out\(places)")
    }
  }

  private static func room(for settings: StaticNameSettings) -> Int { max(0, maximumEntries - settings.entries.count) }

  var isEmpty: Bool { count == 0 }
  /// Those that have addresses, in no order.
  var names: some Sequence<Name> { [own, ofFile].lazy.flatMap(\.addresses.keys) }
  /// Lines that were left out: without sense, or too many.
  var leftOut: Int { own.leftOut + ofFile.leftOut }

  /// The first of the file's: `: /etc/hosts:3, 7, 9, …`
  private var places: String {
    guard let file, !ofFile.firstLeftOut.isEmpty else { return "" }
    let more = ofFile.leftOut > ofFile.firstLeftOut.count ? ", …" : ""
    return ": \(file):\(ofFile.firstLeftOut.map(String.init).joined(separator: ", "))\(more)"
  }

  /// Where names come from.
  enum Place: Sendable, Hashable { case settings, file }

  /// The answer for a name that is here. Such a name is ours altogether: types that it does not have are empty, and are
  /// not asked for elsewhere.
  func answer(_ question: Question) -> ForwardedAnswer? {
    if isEmpty { return nil }
    if let found = Self.merge(own.addresses[question.name], ofFile.addresses[question.name]) {
      let records = found.compactMap { address -> Record? in
        let type: RecordType = address.family == .ipv4 ? .a : .aaaa
        guard question.type == type || question.type == .any else { return nil }
        return Record(name: question.name, type: type, ttl: ttl, data: address.octets)
      }
      return .local(question, records, zone: question.name, ttl: ttl)
    }
    guard let address = Self.reverseAddress(question.name),
      let found = Self.merge(own.names[address], ofFile.names[address])
    else { return nil }
    let isPointer = question.type == .ptr || question.type == .any
    let records = found.map { Record(name: question.name, type: .ptr, ttl: ttl, data: $0.wire) }
    return .local(question, isPointer ? records : [], zone: question.name, ttl: ttl)
  }

  /// Where a name comes from that is here; where both have it, the settings.
  func place(of name: Name) -> Place? {
    if own.addresses[name] != nil { return .settings }
    if ofFile.addresses[name] != nil { return .file }
    guard let address = Self.reverseAddress(name) else { return nil }
    if own.names[address] != nil { return .settings }
    return ofFile.names[address] == nil ? nil : .file
  }

  private static func reverseAddress(_ name: Name) -> HostAddress? {
    guard name.labels.last.map({ $0.count == 4 }) == true else { return nil }
    return QueryName(name.lowercased).reverseAddressOfAnyFamily
  }

  private static func merge<Element: Equatable>(_ first: [Element]?, _ second: [Element]?) -> [Element]? {
    guard let first, let second else { return first ?? second }
    return Array((first + second.filter { !first.contains($0) }).prefix(maximumPerKey))
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
    let authorities = records.isEmpty ? [localSOA(zone, ttl: ttl)] : []
    var answer = ForwardedAnswer(
      code, to: question, answers: records, authorities: authorities, limits: ForwardCacheSettings())
    answer.isAuthoritative = true
    return answer
  }

  /// The SOA record of a zone of which this server is the source.
  static func localSOA(_ zone: Name, ttl: UInt32) -> Record {
    let person = Name(uncheckedWire: Array("\u{6}nobody\u{7}invalid\u{0}".utf8))
    let times: [UInt32] = [1, 3600, 1200, 604_800, ttl]
    let numbers = times.flatMap { time in (0..<4).map { UInt8(truncatingIfNeeded: time >> (24 - 8 * $0)) } }
    return Record(name: zone, type: .soa, ttl: ttl, data: zone.wire + person.wire + numbers)
  }
}
