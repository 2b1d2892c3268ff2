// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Manifests

/// What a kubeconfig file says of a context's user, as far as it is to be known before its credentials are asked for.
enum KubeconfigUserEntry {
  /// Octets of a file that are read.
  private static let maximumSize = 4 << 20

  /// Whether the credentials are those of a program (`exec`).
  /// - Parameters:
  ///   - path: of a file that was read before without a mistake.
  ///   - context: empty for the file's current one.
  static func hasPlugin(_ path: String, context: String) throws -> Bool {
    let text = String(decoding: try Files.read(path, limit: maximumSize), as: UTF8.self)
    guard let root = try YAMLDocument.readWithLines(text)?.value else { return false }
    let name = context.isEmpty ? root["current-context"]?.string : context
    let user = entry(name, of: root["contexts"])?["context"]?["user"]?.string
    return entry(user, of: root["users"])?["user"]?["exec"]?.isNull == false
  }

  private static func entry(_ name: String?, of list: JSONValue?) -> JSONValue? {
    list?.array?.first { $0["name"]?.string == name }
  }
}
