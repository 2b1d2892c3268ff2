// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// What an ``ObjectStore`` needs to know.
package struct StoreConfiguration: Sendable {
  /// The database file; nil keeps everything in memory.
  package var path: String?
  /// Addresses for Services.
  package var serviceCIDR: IPv4Range
  /// Ports for Services of type NodePort and LoadBalancer.
  package var nodePorts: ClosedRange<UInt16> = 30_000...32_767
  /// The node that every pod is placed on.
  package var nodeName: String
  /// Pods that the store holds, those that have ended included; one more is refused. A machine has room for some
  /// hundreds, and a workload of a million replicas is to be a message, not the end of the machine.
  package var maximumPods = Self.standardPods
  /// Changes kept for each kind, so that a watch can go on where another ended.
  package var historyLimit = 4096
  /// The time that goes into objects.
  package var now: @Sendable () -> Timestamp

  package static let standardPods = 500

  package init(
    path: String? = nil, serviceCIDR: IPv4Range = .kubernetesServices, nodeName: String = "callsign",
    now: @escaping @Sendable () -> Timestamp = { .now() }
  ) {
    self.path = path
    self.serviceCIDR = serviceCIDR
    self.nodeName = nodeName
    self.now = now
  }
}

/// Why a store cannot be opened.
package struct StoreError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// The file was written by a newer version of the program.
    case newerFormat
    /// The file is not a Callsign database.
    case notADatabase
    /// Another process has it open.
    case inUse
    /// Reading or writing failed.
    case io
  }

  package var code: Code
  /// What was found and what to do.
  package var message: String
  package var description: String { message }
}
