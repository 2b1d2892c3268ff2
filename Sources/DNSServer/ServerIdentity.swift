// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What the server tells about itself to those who ask: as NSID (RFC 5001), and in class CHAOS under the names that
/// BIND made usual (RFC 4892). Nothing, unless it is configured.
struct ServerIdentity: Sendable {
  /// Which of several servers behind one address this is.
  let octets: [UInt8]
  private let version: [UInt8]

  /// Text beyond what its place can hold is cut.
  init(name: String = "", version: String = "") {
    octets = Array(name.utf8.prefix(AnswerOPT.maximumIdentityLength))
    self.version = Array(version.utf8.prefix(255))
  }

  private static let nameNames = [try! Name("id.server"), try! Name("hostname.bind")]
  private static let versionNames = [try! Name("version.server"), try! Name("version.bind")]

  /// Answers a question of class CHAOS. Anything but TXT of a name that is configured is refused.
  func answer(
    _ name: borrowing QueryName, _ type: RecordType, into writer: inout AnswerWriter
  ) -> ResponseCode {
    guard type == .txt || type == .any else { return .refused }
    let asked = name.name
    let text = Self.nameNames.contains(asked) ? octets : Self.versionNames.contains(asked) ? version : []
    guard !text.isEmpty else { return .refused }
    writer.append(
      Record(name: asked, type: .txt, recordClass: .chaos, ttl: 0, data: [UInt8(text.count)] + text), in: .answer)
    return .noError
  }
}
