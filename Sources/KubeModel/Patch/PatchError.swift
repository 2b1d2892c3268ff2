// SPDX-License-Identifier: Apache-2.0

/// Why a patch cannot be applied.
package struct PatchError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    /// The patch itself is malformed: 400.
    case malformed
    /// The patch does not fit the object: 422.
    case notApplicable
    /// A `test` operation failed: 422.
    case testFailed
  }

  package var reason: Reason
  /// Where in the object, or for a JSON patch the pointer of the operation.
  package var place: String
  package var problem: String

  package init(_ reason: Reason, _ place: String, _ problem: String) {
    self.reason = reason
    self.place = place
    self.problem = problem
  }

  package var description: String { place.isEmpty ? problem : "\(place): \(problem)" }

  /// The answer of the API to such a patch.
  package var status: StatusError {
    switch reason {
    case .malformed: StatusError(.badRequest, "the patch cannot be read: \(description)")
    case .notApplicable, .testFailed: StatusError(.invalid, "the server rejected our request: \(description)")
    }
  }
}
