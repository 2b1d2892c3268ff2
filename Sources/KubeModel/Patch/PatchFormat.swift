// SPDX-License-Identifier: Apache-2.0

/// The forms of patches that the API takes, named by their media types.
package enum PatchFormat: String, Sendable, CaseIterable {
  /// ``JSONPatch``.
  case json = "application/json-patch+json"
  /// ``MergePatch``.
  case merge = "application/merge-patch+json"
  /// ``StrategicMergePatch``.
  case strategicMerge = "application/strategic-merge-patch+json"
}
