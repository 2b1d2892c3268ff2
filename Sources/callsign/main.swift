// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import PodRuntime
import ServiceRouting

// The program starts itself again for work in other namespaces. That has to happen while it has one thread, so it comes
// before anything that is asynchronous.
let arguments = Array(CommandLine.arguments.dropFirst())
if let status = HiddenCommands.run(arguments) { exit(status) }
if arguments == [FlowSurvey.subcommand] { exit(FlowSurvey.main()) }

Task {
  await CallsignCommand.main(arguments)
  exit(EXIT_SUCCESS)
}
dispatchMain()
