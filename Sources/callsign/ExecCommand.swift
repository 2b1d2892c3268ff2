// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "exec", abstract: "")
  func run() async throws {}
}
