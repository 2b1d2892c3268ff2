// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What the machine of the tests allows.
enum Machine {
  static let needs: Comment = "needs runc, conmon, nft and ip"

  /// Whether the programs are there that run pods.
  static let runsPods = ["runc", "conmon", "nft", "ip"].allSatisfy { program($0) != nil }

  /// Where a program is that only root's search path may name.
  static func program(_ name: String) -> String? {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "") + ":/usr/sbin:/sbin"
    return path.split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
