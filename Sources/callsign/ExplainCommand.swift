// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import DNSWire
import KubeModel
import OrderedCollections

/// `callsign explain`: says why a name answers as it does, or not, and what to change.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say why a name answers as it does, or not, and what to change.",
    discussion: "Exit code 0 where the cluster answers the name, 1 where it does not.")

  @OptionGroup var folder: DataFolderOption
  @Argument(help: "The name, short or whole: mysql-0.mysql, web.default.svc.cluster.local.") var name: String
  @Option(name: .shortAndLong, help: "The record type: \(RecordType.readable).")
  var type = "A"
  @Option(
    help: ArgumentHelp("Along the search path of this pod (default: of a pod without settings).", valueName: "pod"))
  var from: String?
  @Option(name: [.short, .long], help: "The namespace of the one who asks.") var namespace = "default"
  @Option(name: .shortAndLong, help: "text or json.") var output = ExplainFormat.text

  func run() async throws {
    _ = try ClusterAddresses(running: folder.value)
    let type = try RecordType(argument: type)
    var parameters = [("name", name), ("type", type.description), ("namespace", namespace)]
    if let from { parameters.append(("from", from)) }
    let client = LocalAPIClient(socketPath: folder.value.apiSocket)
    let explanation = try await client.document("/callsign/v1/explain", parameters)
    print(output == .json ? explanation.jsonText : explanation["text"]?.string ?? "")
    if explanation["verdict"] != "answers" { throw ExitCode(1) }
  }
}

enum ExplainFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}

extension RecordType {
  /// Reads the option of a command.
  init(argument text: String) throws(CommandError) {
    guard let type = RecordType(mnemonic: text) else {
      throw CommandError("\"\(text)\" is not a record type; these are: \(RecordType.readable)")
    }
    self = type
  }
}
