// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

struct DownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "down", abstract: "")
  func run() async throws {}
}
