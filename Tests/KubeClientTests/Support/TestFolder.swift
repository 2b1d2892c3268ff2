// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// A folder of files for a test.
struct TestFolder {
  let path: String

  init() throws {
    path = "/tmp/callsign-client-\(UInt64.random(in: 0 ... .max))"
    try Files.makeDirectory(path)
  }

  /// - Returns: the file's path.
  @discardableResult
  func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
    try Files.makeDirectory(Files.parent(of: "\(path)/\(name)"))
    try Files.replace("\(path)/\(name)", with: Array(text.utf8), mode: mode)
    return "\(path)/\(name)"
  }

  func remove() { try? Files.removeTree(path) }

  /// Runs `body` with a folder, and removes it.
  static func with<Value>(_ body: (TestFolder) async throws -> Value) async throws -> Value {
    let folder = try TestFolder()
    defer { folder.remove() }
    return try await body(folder)
  }
}
