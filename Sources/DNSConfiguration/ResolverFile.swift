// SPDX-License-Identifier: Apache-2.0
import DNSServer
import FoundationEssentials

/// A file in the form of resolv.conf(5), for the servers that it names.
enum ResolverFile {
  /// Octets of a file that are read.
  private static let maximumSize = 1 << 16

  static func upstreams(_ path: String) throws(ValueMistake) -> [Upstream] {
    let octets: Data
    do {
      octets = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw ValueMistake("\(path) cannot be read: \(ConfigurationLoader.reason(error))")
    }
    guard octets.count <= maximumSize else {
      throw ValueMistake("\(path) has \(octets.count) octets; allowed: \(maximumSize)")
    }
    let file = ResolverConfiguration(parsing: String(decoding: octets, as: UTF8.self))
    guard !file.nameservers.isEmpty else { throw ValueMistake("\(path) names no server") }
    return file.nameservers.map { Upstream($0) }
  }
}
