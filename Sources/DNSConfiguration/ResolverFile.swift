// SPDX-License-Identifier: Apache-2.0
import DNSServer
import LinuxSystem

/// A file in the form of resolv.conf(5), for the servers that it names.
enum ResolverFile {
  /// Octets of a file that are read.
  private static let maximumSize = 1 << 16

  static func upstreams(_ path: String) throws(ValueMistake) -> [Upstream] {
    let octets: [UInt8]
    do {
      octets = try Files.read(path, limit: maximumSize)
    } catch {
      if error.isTooLarge { throw ValueMistake("\(path) has more than \(maximumSize) octets") }
      throw ValueMistake("\(path) cannot be read: \(ConfigurationLoader.reason(error))")
    }
    let file = ResolverConfiguration(parsing: String(decoding: octets, as: UTF8.self))
    guard !file.nameservers.isEmpty else { throw ValueMistake("\(path) names no server") }
    return file.nameservers.map { Upstream($0) }
  }
}
