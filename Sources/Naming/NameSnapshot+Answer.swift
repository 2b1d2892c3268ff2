// SPDX-License-Identifier: Apache-2.0
package import DNSWire

/// How the look-up of a question ended.
package enum Resolution: Hashable, Sendable {
  /// The sections are written; this is the response code.
  case answered(ResponseCode)
  /// The name is in no zone that is served here.
  case notOurs
  /// A chain of CNAME records is written; the question goes on with this name outside the zone.
  case alias(Name)
}

extension NameSnapshot {
  /// Links of a CNAME chain that are followed.
  package static let maximumAliasLinks = 8

  /// Answers a question of class IN from this snapshot: writes its sections, SOA of a "no" included.
  /// - Parameter random: decides which of several records comes first.
  package func answer(
    _ name: borrowing QueryName, _ type: RecordType, into writer: inout AnswerWriter, random: UInt32
  ) -> Resolution {
    let count = name.labelCount - zone.labelCount
    if count >= 0, name.hasSuffix(settings.zone.wire, fromLabel: count) {
      guard !type.isZoneTransfer else { return .answered(.refused) }
      let zoneOffset = Header.length + name.labelStart(count)
      return answer(
        name, labelsInZone: count, type,
        AnswerPlace(owner: Header.length, zone: zoneOffset, random: random, link: 0), into: &writer)
    }
    return settings.answersReverse ? answerReverse(name, type, into: &writer) : .notOurs
  }

  /// Goes on at a name of the zone to which CNAME records of others have led, and which stands in full at `offset` of
  /// the message, all of it below ``AnswerWriter/pointerLimit``.
  package func answer(
    _ name: Name, at offset: Int, _ type: RecordType, into writer: inout AnswerWriter, random: UInt32
  ) -> Resolution {
    let query = QueryName(name)
    let count = query.labelCount - zone.labelCount
    guard count >= 0, query.hasSuffix(settings.zone.wire, fromLabel: count) else { return .notOurs }
    let place = AnswerPlace(owner: offset, zone: offset + query.labelStart(count), random: random, link: 0)
    return answer(query, labelsInZone: count, type, place, into: &writer)
  }

  private func answer(
    _ name: borrowing QueryName, labelsInZone count: Int, _ type: RecordType, _ place: AnswerPlace,
    into writer: inout AnswerWriter
  ) -> Resolution {
    let node = find(name, labelsInZone: count)
    if case .service(let service) = node, type != .cname, let alias = service.alias {
      return follow(Name(uncheckedWire: service.block.octets(alias)), type, place, from: name.name, into: &writer)
    }
    return answer(node, type, place, into: &writer)
  }

  /// Answers for a name that is no alias.
  private func answer(
    _ node: ZoneNode, _ type: RecordType, _ place: AnswerPlace, into writer: inout AnswerWriter
  ) -> Resolution {
    if case .missing = node { return no(isSynced ? .nameError : .serverFailure, place, into: &writer) }
    if !write(node, type, place, into: &writer) { return no(.noError, place, into: &writer) }
    return .answered(.noError)
  }

  /// Ends a look-up without records. The SOA goes to every "no" that is certain.
  func no(_ code: ResponseCode, _ place: AnswerPlace, into writer: inout AnswerWriter) -> Resolution {
    if code != .serverFailure { writeSOA(ownerOffset: place.zone, in: .authority, ttl: settings.negativeTTL, &writer) }
    return .answered(code)
  }

  /// Writes a CNAME record and, for addresses, goes on at its target. A chain that leads back to one of its own names
  /// is told once, and fails.
  /// - Parameter name: the name that is an alias.
  func follow(
    _ alias: Name, _ type: RecordType, _ place: AnswerPlace, from name: Name, into writer: inout AnswerWriter
  ) -> Resolution {
    var target = alias
    var place = place
    var passed = [name]
    while place.link < Self.maximumAliasLinks {
      guard writer.beginRecord(
        ownerOffset: place.owner, type: .cname, ttl: settings.ttl, dataLength: target.wire.count, in: .answer)
      else { return .answered(.noError) }
      let targetOffset = writer.buffer.count
      writer.buffer.append(target.wire)
      guard type == .a || type == .aaaa else { return .answered(.noError) }

      let next = QueryName(target)
      let count = next.labelCount - zone.labelCount
      guard count >= 0, next.hasSuffix(settings.zone.wire, fromLabel: count) else { return .alias(target) }
      if passed.contains(target) { break }
      passed.append(target)
      guard targetOffset < AnswerWriter.pointerLimit else {
        writer.isTruncated = true
        return .answered(.noError)
      }
      place.owner = targetOffset
      place.link += 1
      let node = find(next, labelsInZone: count)
      guard case .service(let service) = node, let alias = service.alias else {
        return answer(node, type, place, into: &writer)
      }
      target = Name(uncheckedWire: service.block.octets(alias))
    }
    return .answered(.serverFailure)
  }
}

/// Where in the message the names are that records point to.
struct AnswerPlace {
  /// The name that the look-up is for: the question's, or the target of the last CNAME.
  var owner: Int
  /// The zone's name, at the question's end.
  var zone: Int
  var random: UInt32
  /// CNAME records so far.
  var link: Int
}
