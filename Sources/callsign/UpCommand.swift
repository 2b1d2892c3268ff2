// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Logging
import Manifests
import PodRuntime

/// `callsign up`: runs a cluster in the foreground until it is told to end.
struct UpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Run a cluster, and apply manifests to it.",
    discussion: """
      Runs in the foreground until Ctrl-C or `callsign down`, which end the pods too. Objects and volumes stay in the \
      data folder, and the next `up` goes on with them. If the program is killed, its pods go on; the next `up` takes \
      them over.
      """)

  @Option(
    name: [.customShort("f"), .customLong("filename")],
    help: ArgumentHelp(
      "A manifest, or a folder of manifests, to apply. May be given several times.", valueName: "path"))
  var manifests: [String] = []
  @OptionGroup var folder: DataFolderOption
  @Option(help: ArgumentHelp("Port of the API on 127.0.0.1; 0 takes a free one.", valueName: "port"))
  var apiPort: UInt16 = 6443
  @Option(
    help: ArgumentHelp("Port of the DNS server on 127.0.0.1, UDP and TCP; 0 takes a free one.", valueName: "port"))
  var dnsPort: UInt16 = 1053
  @Option(
    help: ArgumentHelp(
      "How pods run: oci (containers), none (addresses and names only), or auto (oci where the machine allows it).",
      valueName: "runtime"))
  var runtime: RuntimeChoice = .auto
  @Option(
    help: ArgumentHelp("What is written to standard error: error, warning, info, debug, trace.", valueName: "level"))
  var logLevel: LogLevel = .warning

  func run() async throws {
    let level = logLevel.level
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    // Mistakes in manifests are found before anything is touched.
    let set = ManifestReader.read(manifests)
    guard set.problems.isEmpty else {
      let list = set.problems.map(\.description).joined(separator: "\n")
      let count = set.problems.count == 1 ? "1 mistake" : "\(set.problems.count) mistakes"
      throw CommandError("\(count) in the manifests, nothing was applied:\n\(list)")
    }
    let cluster = try await Cluster(
      folder: folder.value, apiPort: apiPort, dnsPort: dnsPort, runtime: runtime, logger: Logger(label: "callsign"))
    try await cluster.run(applying: set.documents)
  }
}

/// The values of `--runtime`.
enum RuntimeChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, oci, none
}

/// How much the program says of its own work.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
  case error, warning, info, debug, trace

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .warning }
}
