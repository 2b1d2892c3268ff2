// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not a DNS message.
package enum WireError: Error, Hashable, Sendable {
  /// The message ends inside a field.
  case truncated
  /// A label starts with the reserved bits `01` or `10` (RFC 1035 §4.1.4, RFC 6891 §5).
  case reservedLabelType
  /// A compression pointer does not point before the name that holds it, or is where none may be.
  case badPointer
  /// More than 255 octets (RFC 1035 §2.3.4).
  case nameTooLong
  /// RDATA is longer or shorter than its type says.
  case badRecordData
  /// Octets after the last record.
  case trailingBytes
  /// More than one OPT record, or one that does not belong to the root (RFC 6891 §6.1.1).
  case badOption
}
