// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem

/// Why the runtime could not do something, in words for the user.
package struct RuntimeError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The machine lacks something that pods need; the message says what, and what to do.
    case unsupported
    /// The node agent is gone, did not start, or speaks another version.
    case agent
    /// The kernel refused a call.
    case system
    /// The pod's specification asks for something that is not there or not possible.
    case configuration
    /// The image cannot be had.
    case image
    /// The container could not be made or started.
    case container
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package init(_ error: SystemError) {
    self.init(.system, error.description)
  }

  package var description: String { message }
}

/// Runs calls to the system and passes their failures on as the module's own.
func system<R>(_ body: () throws(SystemError) -> R) throws(RuntimeError) -> R {
  do {
    return try body()
  } catch {
    throw RuntimeError(error)
  }
}
