// SPDX-License-Identifier: Apache-2.0

extension APIResource {
  /// What a change from `old` to `new` may not do.
  package func validateUpdate(old: JSONObject, new: JSONObject) -> [FieldError] {
    []
  }
}
