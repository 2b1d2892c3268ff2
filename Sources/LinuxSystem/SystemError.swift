// SPDX-License-Identifier: Apache-2.0
import Glibc

/// A call to the kernel that failed.
package struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was tried, for people: "open /etc/hosts".
  package let operation: String
  /// The `errno` of the failure, greater than 0.
  package let code: Int32

  package init(_ operation: String, code: Int32) {
    self.operation = operation
    self.code = code
  }

  /// The failure that the C library left in `errno`.
  static func last(_ operation: String) -> SystemError { SystemError(operation, code: errno) }

  package var reason: String { unsafe String(cString: strerror(code)) }
  package var description: String { "\(operation): \(reason)" }

  package var isNotFound: Bool { code == ENOENT }
  package var isExisting: Bool { code == EEXIST }
  package var isRefused: Bool { code == ECONNREFUSED }
  /// The kernel's limit of something for this user or process, or the file system's space.
  package var isLimitReached: Bool { code == EMFILE || code == ENFILE || code == ENOSPC }
  package var isBusy: Bool { code == EWOULDBLOCK || code == EBUSY || code == EADDRINUSE }
  package var isAddressMissing: Bool { code == EADDRNOTAVAIL || code == EAFNOSUPPORT }
  package var isTryAgain: Bool { code == EAGAIN || code == EINPROGRESS }
  package var isNoSuchProcess: Bool { code == ESRCH }
  /// A folder where a file was wanted.
  package var isFolder: Bool { code == EISDIR }
  /// More than the caller takes.
  package var isTooLarge: Bool { code == EFBIG }
  package var isNotPermitted: Bool { code == EPERM || code == EACCES }
}

/// The result of a function of `CLinux`, whose failures are negative errnos.
@discardableResult
func checked(_ result: Int32, _ operation: @autoclosure () -> String) throws(SystemError) -> Int32 {
  guard result >= 0 else { throw SystemError(operation(), code: -result) }
  return result
}
