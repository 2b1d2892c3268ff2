// SPDX-License-Identifier: Apache-2.0

/// The objects of a list while it is read: eight octets each.
///
/// Each is known by a hash that nobody outside can foresee. With a million objects there is one chance in ten million
/// that one which is gone is taken for another, and stays until the next list.
struct SeenNames: Sendable {
  private var hashes: Set<UInt64> = []

  var count: Int { hashes.count }

  mutating func insert(namespace: String, name: String) {
    insert(namespace: Array(namespace.utf8), name: Array(name.utf8))
  }

  mutating func insert(namespace: [UInt8], name: [UInt8]) { hashes.insert(Self.hash(namespace, name)) }

  func contains(namespace: [UInt8], name: [UInt8]) -> Bool { hashes.contains(Self.hash(namespace, name)) }

  private static func hash(_ namespace: [UInt8], _ name: [UInt8]) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(namespace)
    hasher.combine(name)
    return UInt64(truncatingIfNeeded: hasher.finalize())
  }
}
