// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import DNSServer
import DNSWire
import KubeModel
import OrderedCollections
import PodRuntime

/// `callsign resolve`: looks a name up as a pod of the cluster would, and shows each question that it took.
struct ResolveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve", abstract: "Look up a name as a pod would, through its search path.",
    discussion: "Exit code 0 where there is an answer, 1 where there is none.")

  @OptionGroup var folder: DataFolderOption
  @Argument(help: "The name: mysql-0.mysql, or with a dot at the end to ask for it as it is.") var name: String
  @Option(name: .shortAndLong, help: "The record type: \(RecordType.readable).")
  var type = "A"
  @Option(help: ArgumentHelp("Ask as this pod (default: as a pod without settings of its own).", valueName: "pod"))
  var from: String?
  @Option(name: [.short, .long], help: "The namespace of the pod that asks.") var namespace = "default"

  func run() async throws {
    let addresses = try ClusterAddresses(running: folder.value)
    let recordType = try RecordType(argument: type)
    let resolver = try await resolverConfiguration(addresses)
    guard !name.isEmpty else { throw CommandError("a name is needed; the root of all names is \".\"") }
    let candidates: [Name]
    do {
      candidates = try resolver.candidates(for: name)
    } catch {
      let reason =
        error == .nameTooLong
        ? "it is longer than \(Name.maximumLength) octets"
        : "each part between dots has 1 to \(Name.maximumLabelLength) octets"
      throw CommandError("\"\(name)\" is not a domain name: \(reason)")
    }
    let server = Upstream(HostAddress("127.0.0.1")!, port: addresses.dnsPort)
    for candidate in candidates {
      let answer = try await DNSClient().query(Question(name: candidate, type: recordType), at: server)
      print(";; \(candidate) \(recordType)  \(answer.responseCode)\(answer.answers.isEmpty ? ", no records" : "")")
      if answer.answers.isEmpty { continue }
      for record in answer.answers { print(record) }
      return
    }
    throw ExitCode(1)
  }

  /// What stands in the pod's `/etc/resolv.conf`.
  private func resolverConfiguration(
    _ addresses: ClusterAddresses
  ) async throws -> DNSServer::ResolverConfiguration {
    let client = LocalAPIClient(socketPath: folder.value.apiSocket)
    let pod: Pod
    if let from {
      pod = Pod(try await client.object(.pods, namespace: namespace, name: from))
    } else {
      pod = Pod(KubeObject(["metadata": ["name": "resolve", "namespace": .string(namespace)]], of: .pods))
    }
    return DNSServer::ResolverConfiguration(of: pod, zone: addresses.zone)
  }
}
