// SPDX-License-Identifier: Apache-2.0

/// A moment in UTC, as Kubernetes writes it: RFC 3339, whole seconds or microseconds.
package struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  package let microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
  package var seconds: Int64 { Self.floor(microseconds, by: 1_000_000) }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

  /// `2026-01-31T12:00:00Z`.
  package var text: String { date(seconds) + "Z" }

  /// `2026-01-31T12:00:00.000000Z`.
  package var microText: String {
    let fraction = microseconds - seconds * 1_000_000
    let digits = String(fraction)
    return date(seconds) + "." + String(repeating: "0", count: 6 - digits.count) + digits + "Z"
  }

  /// The quotient rounded down, before 1970 too.
  private static func floor(_ value: Int64, by divisor: Int64) -> Int64 {
    value / divisor - (value % divisor < 0 ? 1 : 0)
  }

  private func date(_ seconds: Int64) -> String {
    let day = Self.floor(seconds, by: 86_400)
    let time = seconds - day * 86_400
    let civil = Self.civil(fromDay: day)
    func pad(_ value: Int64, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(pad(civil.year, 4))-\(pad(civil.month))-\(pad(civil.day))"
      + "T\(pad(time / 3600)):\(pad(time / 60 % 60)):\(pad(time % 60))"
  }

  /// Reads RFC 3339 with any fraction and offset; nil where the text is not that. Leap seconds are refused, as Go does.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int64? {
      guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
      return bytes[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }
    guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] | 0x20 == UInt8(ascii: "t"),
      bytes[13] == 0x3A, bytes[16] == 0x3A, let year = number(0..<4), let month = number(5..<7),
      (1...12).contains(month),
      let day = number(8..<10), (1...31).contains(day), let hour = number(11..<13), hour < 24,
      let minute = number(14..<16), minute < 60, let second = number(17..<19), second < 60,
      Self.civil(fromDay: Self.day(year: year, month: month, day: day)) == (year, month, day)
    else { return nil }
    var position = 19
    var fraction: Int64 = 0
    if bytes[position] == UInt8(ascii: ".") {
      let start = position + 1
      position = start
      while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
      guard position > start else { return nil }
      for index in start..<start + 6 {
        fraction = fraction * 10 + (index < position ? Int64(bytes[index] - 0x30) : 0)
      }
    }
    guard position < bytes.count else { return nil }
    var offset: Int64 = 0
    if bytes[position] | 0x20 == UInt8(ascii: "z") {
      position += 1
    } else {
      guard bytes[position] == 0x2B || bytes[position] == 0x2D, position + 6 <= bytes.count,
        bytes[position + 3] == 0x3A,
        let hours = number(position + 1..<position + 3), let minutes = number(position + 4..<position + 6),
        hours < 24, minutes < 60
      else { return nil }
      offset = (hours * 60 + minutes) * 60 * (bytes[position] == 0x2B ? 1 : -1)
      position += 6
    }
    guard position == bytes.count else { return nil }
    let seconds = Self.day(year: year, month: month, day: day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    microseconds = seconds * 1_000_000 + fraction
  }

  /// Days since 1970-01-01 of a date in the proleptic Gregorian calendar; years start in March so that the leap day
  /// is last.
  private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(fromDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
