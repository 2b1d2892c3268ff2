// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What standard output is shown on.
package enum Terminal {
  /// Its columns; nil where it is no terminal.
  package static var columns: Int? {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
