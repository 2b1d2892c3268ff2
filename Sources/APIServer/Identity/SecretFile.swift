// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// A file that only its owner may read: a key, a token, a kubeconfig.
enum SecretFile {
  /// Reads the file; nil where there is none.
  static func read(_ path: String) throws(IdentityError) -> String? {
    do throws(SystemError) {
      return try Files.readText(path)
    } catch {
      if error.isNotFound { return nil }
      throw IdentityError(message: "cannot \(error)")
    }
  }

  /// Puts the text in place as one step, mode 0600: a reader finds the old file or the new one, and never a part.
  static func write(_ text: String, to path: String) throws(IdentityError) {
    do throws(SystemError) {
      try Files.replace(path, with: Array(text.utf8), mode: 0o600)
    } catch {
      throw IdentityError(message: "cannot \(error)")
    }
  }

  /// Makes a folder that only its owner may enter, where there is none yet.
  static func makeFolder(_ path: String) throws(IdentityError) {
    do throws(SystemError) {
      try Files.makeDirectory(path, mode: 0o700)
    } catch {
      throw IdentityError(message: "cannot \(error)")
    }
  }
}

/// Why the server's keys or the kubeconfig cannot be read or written.
package struct IdentityError: Error, Sendable, CustomStringConvertible {
  /// The file, what happened, and what to do.
  package var message: String
  package var description: String { message }
}
