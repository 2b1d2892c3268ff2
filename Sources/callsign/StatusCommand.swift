// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import KubeModel
import OrderedCollections

/// `callsign status`: the Services of the running cluster, their endpoints and their names.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show the Services: type, address, ready and all endpoints, names.")

  @OptionGroup var folder: DataFolderOption
  @Option(name: [.short, .long], help: "Only this namespace (default: all).") var namespace: String?
  @Option(name: .shortAndLong, help: "table or json.") var output: OutputFormat = .table

  func run() async throws {
    let addresses = try ClusterAddresses(running: folder.value)
    let client = LocalAPIClient(socketPath: folder.value.apiSocket)
    let services = try await client.objects(.services, namespace: namespace)
    let slices = try await client.objects(.endpointSlices, namespace: namespace)
    let report = ServiceReport.make(services: services, slices: slices, zone: addresses.zone)
    switch output {
    case .json: print(ServiceReport.json(report, addresses, kubeconfig: folder.value.kubeconfig).jsonText)
    case .table: printTable(report, addresses)
    }
  }

  private func printTable(_ report: [ServiceReport], _ addresses: ClusterAddresses) {
    let kubeconfig = folder.value.kubeconfig.shellWord
    print("API      https://127.0.0.1:\(addresses.apiPort)   (kubectl --kubeconfig \(kubeconfig))")
    print("DNS      127.0.0.1:\(addresses.dnsPort)   (dig @127.0.0.1 -p \(addresses.dnsPort) NAME)")
    print("runtime  \(addresses.runtime)\n")
    var table = TextTable(header: ["SERVICE", "TYPE", "ADDRESS", "READY", "NAMES"])
    for service in report {
      for (index, name) in service.names.enumerated() {
        table.add(
          index == 0
            ? ["\(service.namespace)/\(service.name)", service.type, service.address, service.endpoints, name]
            : ["", "", "", "", name])
      }
    }
    print(table.text)
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json
}
