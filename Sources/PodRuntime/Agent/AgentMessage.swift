// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// What is said to the node agent. One message of the socket each; integers are little-endian, texts are their length
/// in octets (32 bits) and UTF-8.
///
/// The first octet is the kind. `hello` and `shutdown` stay as they are in all versions, so that any version can tell
/// an agent of another one to end.
enum AgentRequest: Equatable {
  /// Changes with every change of the messages but `hello` and `shutdown`.
  static let version: UInt32 = 1
  /// Octets of one message. The kernel's own limit is near 200 KiB.
  static let maximumLength = 131_072

  case hello
  /// Starts a program with the descriptors that come along; `id` names it in the replies.
  /// - Parameter isBound: whether the program is killed when the connection ends.
  case start(id: UInt32, ProcessImage, isBound: Bool)
  case signal(process: Int32, number: Int32)
  case socket(id: UInt32, isIPv6: Bool, isStream: Bool)
  case shutdown
}

/// What the node agent says.
enum AgentReply: Equatable {
  /// - Parameter instance: differs for each agent that ever ran.
  case hello(version: UInt32, instance: String)
  case started(id: UInt32, process: Int32)
  /// - Parameter code: an errno.
  case failed(id: UInt32, code: Int32)
  /// - Parameter status: the exit code, or 128 + the signal.
  case exited(id: UInt32, status: Int32)
  /// The socket comes along.
  case socket(id: UInt32)
}

extension AgentRequest {
  var bytes: [UInt8] {
    var writer = MessageWriter()
    switch self {
    case .hello: writer.octet(1)
    case .shutdown: writer.octet(2)
    case .start(let id, let image, let isBound):
      writer.octet(3)
      writer.number(id)
      writer.texts(image.arguments)
      writer.texts(image.environment)
      writer.texts(image.directory.map { [$0] } ?? [])
      writer.octet(image.leadsSession ? 1 : 0)
      writer.octet(isBound ? 1 : 0)
    case .signal(let process, let number):
      writer.octet(4)
      writer.number(UInt32(bitPattern: process))
      writer.number(UInt32(bitPattern: number))
    case .socket(let id, let isIPv6, let isStream):
      writer.octet(5)
      writer.number(id)
      writer.octet(isIPv6 ? 1 : 0)
      writer.octet(isStream ? 1 : 0)
    }
    return writer.bytes
  }

  /// Nil where the octets are no request.
  init?(_ bytes: [UInt8]) {
    var reader = MessageReader(bytes)
    switch reader.octet() {
    case 1: self = .hello
    case 2: self = .shutdown
    case 3:
      guard let id = reader.number(), let arguments = reader.texts(), !arguments.isEmpty,
        let environment = reader.texts(), let directory = reader.texts(), let session = reader.octet(),
        let isBound = reader.octet()
      else { return nil }
      let image = ProcessImage(
        arguments, environment: environment, directory: directory.first, leadsSession: session == 1)
      self = .start(id: id, image, isBound: isBound == 1)
    case 4:
      guard let process = reader.number(), let number = reader.number() else { return nil }
      self = .signal(process: Int32(bitPattern: process), number: Int32(bitPattern: number))
    case 5:
      guard let id = reader.number(), let isIPv6 = reader.octet(), let isStream = reader.octet() else { return nil }
      self = .socket(id: id, isIPv6: isIPv6 == 1, isStream: isStream == 1)
    default: return nil
    }
  }
}

extension AgentReply {
  var bytes: [UInt8] {
    var writer = MessageWriter()
    switch self {
    case .hello(let version, let instance):
      writer.octet(1)
      writer.number(version)
      writer.texts([instance])
    case .started(let id, let process):
      writer.octet(2)
      writer.number(id)
      writer.number(UInt32(bitPattern: process))
    case .failed(let id, let code):
      writer.octet(3)
      writer.number(id)
      writer.number(UInt32(bitPattern: code))
    case .exited(let id, let status):
      writer.octet(4)
      writer.number(id)
      writer.number(UInt32(bitPattern: status))
    case .socket(let id):
      writer.octet(5)
      writer.number(id)
    }
    return writer.bytes
  }

  /// Nil where the octets are no reply.
  init?(_ bytes: [UInt8]) {
    var reader = MessageReader(bytes)
    guard let kind = reader.octet(), let id = reader.number() else { return nil }
    switch kind {
    case 1:
      guard let instance = reader.texts()?.first else { return nil }
      self = .hello(version: id, instance: instance)
    case 5: self = .socket(id: id)
    case 2...4:
      guard let value = reader.number().map({ Int32(bitPattern: $0) }) else { return nil }
      self = kind == 2 ? .started(id: id, process: value)
        : kind == 3 ? .failed(id: id, code: value) : .exited(id: id, status: value)
    default: return nil
    }
  }
}

/// Puts a message together.
private struct MessageWriter {
  var bytes: [UInt8] = []

  mutating func octet(_ value: UInt8) { bytes.append(value) }

  mutating func number(_ value: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }

  mutating func texts(_ values: [String]) {
    number(UInt32(values.count))
    for value in values {
      number(UInt32(value.utf8.count))
      bytes += value.utf8
    }
  }
}

/// Takes a message apart; nil past its end.
private struct MessageReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  mutating func octet() -> UInt8? { rest.popFirst() }

  mutating func number() -> UInt32? {
    guard rest.count >= 4 else { return nil }
    defer { rest = rest.dropFirst(4) }
    return rest.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func texts() -> [String]? {
    // Each text takes four octets at least, so a count cannot make this loop longer than the message.
    guard let count = number(), Int(count) <= rest.count / 4 else { return nil }
    var texts: [String] = []
    for _ in 0..<count {
      guard let length = number(), Int(length) <= rest.count else { return nil }
      texts.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self))
      rest = rest.dropFirst(Int(length))
    }
    return texts
  }
}
