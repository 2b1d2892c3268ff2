// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import KubeModel
import KubeStore
import LinuxSystem
import Logging
import PodRuntime
import ServiceLifecycle

/// The node that pods run on, if they run.
struct PodNode: Sendable {
  let network = NodeNetwork()
  let runtimeName: String
  let note: String?
  let services: [any ServiceLifecycle.Service]

  init(_ choice: RuntimeChoice, folder: DataFolder, store: ObjectStore, logger: Logger) async throws {
    runtimeName = "none"
    note = nil
    services = []
  }

  func dnsSockets(on addresses: [HostAddress], port: UInt16) async throws -> [DNSSockets] { [] }
  func apiSocket(on address: HostAddress, port: UInt16) async throws -> Descriptor? { nil }
}
