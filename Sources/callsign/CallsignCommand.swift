// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// `callsign`.
struct CallsignCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "callsign",
    abstract: "Kubernetes' service discovery on one machine: real pods, real addresses, real names.",
    version: Version.number,
    subcommands: [
      UpCommand.self, DownCommand.self, StatusCommand.self, ResolveCommand.self, ExplainCommand.self,
      ExecCommand.self, LogsCommand.self, DNSCommand.self,
    ])
}
