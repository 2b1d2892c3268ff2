// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// How the slices of one Service get from what they are to what they should be, in few writes.
///
/// An endpoint stays in its slice for as long as its ports stay. New endpoints go into slices that are written anyway,
/// then into the fullest slice that takes all of them, then into new slices. A slice that has lost its endpoints is
/// used again under its name before another is created.
struct SlicePlan {
  /// The most endpoints in a slice, as in Kubernetes (`--max-endpoints-per-slice`); the API's limit is 1000.
  static let endpointLimit = 100

  enum Action: Equatable {
    case create(Contents)
    case update(name: String, Contents)
    case delete(name: String)
  }

  struct Contents: Equatable {
    var addressType: String
    var ports: [SlicePort]
    var endpoints: [SliceEndpoint]
  }

  /// A slice that exists.
  struct Slice {
    var name: String
    var contents: Contents
    /// Something in it, be it labels, is not as it should be, so that it is written in any case.
    var needsWrite: Bool
  }

  private(set) var actions: [Action] = []

  /// - Parameters:
  ///   - groups: the desired endpoints, each once.
  ///   - families: those for which there is at least one slice, empty if need be.
  ///   - existing: the slices that may be changed, in a fixed order.
  init(groups: [EndpointGroup], families: [String], existing: [Slice]) {
    var deletions: [Action] = []
    for family in Set(families).union(existing.map(\.contents.addressType)).union(groups.map(\.addressType)).sorted() {
      var fill = FamilyFill(slices: existing.filter { $0.contents.addressType == family })
      for group in groups where group.addressType == family { fill.place(group) }
      fill.finish(family, keepsOne: families.contains(family))
      actions += fill.writes
      deletions += fill.deletions
    }
    // Deletions last: no endpoint is missing in between.
    actions += deletions
  }
}

/// The slices of one family while endpoints are placed in them.
private struct FamilyFill {
  private var free: [SlicePlan.Slice]
  var writes: [SlicePlan.Action] = []
  var deletions: [SlicePlan.Action] = []
  private var isUsed = false

  init(slices: [SlicePlan.Slice]) {
    free = slices
  }

  mutating func place(_ group: EndpointGroup) {
    var wanted: [SliceEndpoint.Identity: SliceEndpoint] = [:]
    for endpoint in group.endpoints { wanted[endpoint.identity] = endpoint }

    // What is there stays where it is.
    var kept: [(slice: SlicePlan.Slice, isChanged: Bool)] = []
    var others: [SlicePlan.Slice] = []
    for slice in free {
      guard slice.contents.ports == group.ports else {
        others.append(slice)
        continue
      }
      var next = slice
      next.contents.endpoints = slice.contents.endpoints.compactMap { wanted.removeValue(forKey: $0.identity) }
      if next.contents.endpoints.isEmpty {
        others.append(slice)
      } else {
        kept.append((next, slice.needsWrite || next.contents != slice.contents))
      }
    }
    free = others

    var rest = group.endpoints.filter { wanted[$0.identity] != nil }
    func room(_ index: Int) -> Int { SlicePlan.endpointLimit - kept[index].slice.contents.endpoints.count }
    func fill(_ index: Int) {
      let count = min(rest.count, max(room(index), 0))
      if count == 0 { return }
      kept[index].slice.contents.endpoints += rest.prefix(count)
      kept[index].isChanged = true
      rest.removeFirst(count)
    }
    for index in kept.indices where kept[index].isChanged { fill(index) }
    if !rest.isEmpty, let fullest = kept.indices.filter({ room($0) >= rest.count }).min(by: { room($0) < room($1) }) {
      fill(fullest)
    }
    for (slice, isChanged) in kept where isChanged { writes.append(.update(name: slice.name, slice.contents)) }
    while !rest.isEmpty {
      let part = Array(rest.prefix(SlicePlan.endpointLimit))
      rest.removeFirst(part.count)
      write(SlicePlan.Contents(addressType: group.addressType, ports: group.ports, endpoints: part))
    }
    if !group.endpoints.isEmpty { isUsed = true }
  }

  /// Puts contents into a slice that has none to keep, one with the same ports first, or else into a new one.
  private mutating func write(_ contents: SlicePlan.Contents) {
    if let index = free.firstIndex(where: { $0.contents.ports == contents.ports }) ?? free.indices.first {
      let slice = free.remove(at: index)
      if slice.needsWrite || slice.contents != contents { writes.append(.update(name: slice.name, contents)) }
    } else {
      writes.append(.create(contents))
    }
  }

  mutating func finish(_ family: String, keepsOne: Bool) {
    if keepsOne, !isUsed {
      write(SlicePlan.Contents(addressType: family, ports: [], endpoints: []))
    }
    deletions = free.map { .delete(name: $0.name) }
  }
}
