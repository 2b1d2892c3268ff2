// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A number, or a part of another number: `2`, `25%`.
enum IntOrPercent: Equatable, Sendable {
  case number(Int)
  case percent(Int)

  init?(_ value: JSONValue) {
    switch value {
    case .int(let number): self = .number(Int(clamping: number))
    case .string(let text):
      guard text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return nil }
      self = .percent(percent)
    default: return nil
    }
  }

  func of(_ total: Int, roundingUp: Bool) -> Int {
    switch self {
    case .number(let number): number
    case .percent(let percent): (total * percent + (roundingUp ? 99 : 0)) / 100
    }
  }
}
