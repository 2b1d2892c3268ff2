// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections

/// The short hash of a pod template that names ReplicaSets and ControllerRevisions.
///
/// 32 bits of FNV-1a over the template's canonical JSON, in letters and digits that form no words.
enum TemplateHash {
  private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

  /// - Parameter collisions: how often this owner's hash was found to be taken by another template.
  static func text(of template: JSONValue, collisions: Int64 = 0) -> String {
    guard case .object(let members) = template.canonical else { return "" }
    var bytes: [UInt8] = []
    JSONValue.write(members, to: &bytes)
    if collisions > 0 { bytes += String(collisions).utf8 }
    var hash: UInt32 = 2_166_136_261
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    return String(decoding: String(hash).utf8.map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
  }
}
