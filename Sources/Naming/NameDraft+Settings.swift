// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// Names under other settings: what was known stays known, since each block of records holds the facts it is made from.
extension NameDraft {
  /// Takes other settings; the next snapshot has them. The zone's serial goes on from where it is: `firstSerial` has to
  /// be the former.
  mutating func update(_ new: NamingSettings) {
    let isSame = new.ttl == settings.ttl && new.answersReverse == settings.answersReverse
      && new.needsNamespaceObject == settings.needsNamespaceObject
    if isSame {
      // No record and no table depends on the others.
      settings = new
      zone = ZoneRecords(new)
    } else {
      let next = NameDraft(new, with: self)
      self = next
    }
  }

  /// The names of `other`, made anew. Until `other` goes, and with it the snapshots that it has made, both need memory.
  private init(_ settings: NamingSettings, with other: borrowing NameDraft) {
    self.init(settings, keepsPods: other.keepsPods)
    isSynced = other.isSynced
    tables.services.reserve(other.tables.services.count, &edit)
    slices.reserve(other.slices.count, &edit)
    if settings.answersReverse { tables.addresses.reserve(other.tables.addresses.count, &edit) }
    for label in other.namespaces.labelsOfObjects(other.tables) {
      _ = namespaces.setObject(label, true, &tables, &edit)
    }
    for block in other.tables.records.blocks { add(ServiceRecords(block)) }
    for block in other.tables.podRecords.blocks {
      let pod = PodRecord(block)
      _ = pods.set(block.octets(pod.namespace), block.octets(pod.name), pod.addresses, &tables, &edit)
    }
  }

  /// Adds a Service, from the facts among its records of before.
  private mutating func add(_ last: ServiceRecords) {
    let block = last.block
    let namespace = block.octets(last.namespace)
    let hasService = last.flags.contains(.hasService)
    let ordinal = serviceOrdinals.take()
    var parts: [ServiceRecordsBuilder.Slice] = []
    var cursor = last.firstSlice
    while let slice = last.nextSlice(&cursor) {
      parts.append(.init(name: .block(block, slice.name), facts: .block(block, slice.facts)))
      slices.insert(hash(namespace + block.octets(slice.name)), ordinal, &edit)
    }
    // To the builder the block is the batch that names the Service.
    let records = block.withBytes { bytes in
      ServiceRecords(
        builder.build(
          key: last.key, service: hasService ? .block(block, last.serviceFacts) : nil, slices: parts,
          isHidden: namespaces.isHidden(bytes, last.namespace, tables), of: bytes))
    }
    if settings.answersReverse { updateAddresses(ordinal, from: nil, to: records) }
    tables.records.set(ordinal, records.block, &edit)
    tables.services.insert(hash(block.octets(last.key)), ordinal, &edit)
    guard hasService else { return }
    block.withBytes { bytes in _ = namespaces.addServices(1, bytes, last.namespace, &tables, &edit) }
  }

  private func hash(_ octets: [UInt8]) -> UInt32 {
    UInt32(truncatingIfNeeded: octets.nameHash(0..<octets.count, seed: tables.seed))
  }
}

extension BlockList {
  /// The blocks in order of their numbers.
  var blocks: [Block] {
    var blocks: [Block] = []
    forEach { blocks.append($1) }
    return blocks
  }
}
