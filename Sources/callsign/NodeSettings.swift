// SPDX-License-Identifier: Apache-2.0
import Foundation
import KubeStore
import LinuxSystem

/// What the one node says of itself.
enum NodeSettings {
  static let name = "callsign"
  static let zone = "cluster.local"

  /// What the machine has, as quantities.
  static var capacity: [String: String] {
    [
      "cpu": "\(ProcessInfo.processInfo.processorCount)",
      "memory": "\(ProcessInfo.processInfo.physicalMemory / 1024)Ki",
      "pods": "\(StoreConfiguration.standardPods)",
    ]
  }

  static var info: [String: String] {
    var info = ["operatingSystem": "linux", "kubeletVersion": "v1.36.0+callsign"]
    info["kernelVersion"] = (try? Files.readText("/proc/sys/kernel/osrelease")).map { String($0.prefix { $0 != "\n" }) }
    info["osImage"] = (try? Files.readText("/etc/os-release")).flatMap(prettyName)
    #if arch(x86_64)
    info["architecture"] = "amd64"
    #elseif arch(arm64)
    info["architecture"] = "arm64"
    #endif
    return info
  }

  private static func prettyName(_ file: String) -> String? {
    let prefix = "PRETTY_NAME="
    let line = file.split(separator: "\n").first { $0.hasPrefix(prefix) }
    return line.map { String($0.dropFirst(prefix.count)).trimmingCharacters(in: ["\""]) }
  }
}
