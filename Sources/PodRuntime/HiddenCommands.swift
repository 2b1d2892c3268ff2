// SPDX-License-Identifier: Apache-2.0

/// The subcommands with which the program starts itself again, in other namespaces.
///
/// They have to run before anything else of the program, while it has one thread.
package enum HiddenCommands {
  /// - Parameter arguments: those of the process, without its own name.
  /// - Returns: the exit status, or nil where the arguments are for the program proper.
  package static func run(_ arguments: [String]) -> Int32? {
    guard let subcommand = arguments.first else { return nil }
    let rest = Array(arguments.dropFirst())
    switch subcommand {
    case AgentProcess.subcommand: return AgentProcess.main(rest)
    case SandboxProcess.subcommand: return SandboxProcess.main(rest)
    case SandboxProcess.removeSubcommand: return SandboxProcess.remove(rest)
    case VolumePartProcess.subcommand: return VolumePartProcess.main(rest)
    default: return nil
    }
  }
}
