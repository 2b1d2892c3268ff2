// SPDX-License-Identifier: Apache-2.0

/// A failure that ends a command: one line that says what is wrong and what to do.
struct CommandError: Error, CustomStringConvertible {
  let message: String
  init(_ message: String) { self.message = message }
  var description: String { message }
}
