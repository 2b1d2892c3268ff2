// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The secret by which clients of the TCP listeners show who they are.
package struct BearerToken: Sendable {
  /// 32 random octets as 43 letters of base64url.
  package let text: String

  private static let octets = 32

  /// Reads the token in `folder`, or makes one.
  package init(folder: String) throws(IdentityError) {
    let path = "\(folder)/token"
    try SecretFile.makeFolder(folder)
    if let stored = try SecretFile.read(path), stored.utf8.count >= Self.octets {
      text = stored
      return
    }
    text = Self.random()
    try SecretFile.write(text, to: path)
  }

  package init(text: String) {
    self.text = text
  }

  private static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<octets).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Whether a value of the `Authorization` header carries the token, in time that does not depend on where it differs.
  func isIn(authorization value: String?) -> Bool {
    guard let value else { return false }
    let scheme = value.prefix(7)
    guard scheme.lowercased() == "bearer " else { return false }
    let given = Array(value.dropFirst(7).utf8)
    let expected = Array(text.utf8)
    var difference = given.count ^ expected.count
    for (index, byte) in expected.enumerated() {
      difference |= Int(byte ^ (given.isEmpty ? 0 : given[index % given.count]))
    }
    return difference == 0
  }
}
