// SPDX-License-Identifier: Apache-2.0
import Naming

/// What of a server depends on knowing pods.
struct PodParts: Sendable {
  let directory: PodDirectory
  let hold: QuestionHold
}
