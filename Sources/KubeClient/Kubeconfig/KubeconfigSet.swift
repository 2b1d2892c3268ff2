// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Manifests
import OrderedCollections

/// What kubeconfig files say together, read and merged as kubectl does: of two files that say the same thing, the
/// first counts, and an entry is taken from one file whole.
package struct KubeconfigSet: Sendable {
  /// Octets of one file that are read.
  static let maximumFile = 4 << 20
  /// Files that are merged.
  static let maximumFiles = 64

  /// The files that were there.
  let files: [String]
  let currentContext: String?
  let contexts: OrderedDictionary<String, KubeconfigFields>
  let clusters: OrderedDictionary<String, KubeconfigFields>
  let users: OrderedDictionary<String, KubeconfigFields>

  /// Reads the file that is named; without one, those of `KUBECONFIG`, else `~/.kube/config`.
  /// - Parameter value: gives a variable of the environment.
  package init(
    path: String? = nil, value: (String) -> String? = ChildProcess.environmentValue
  ) throws(ClientConfigurationError) {
    if let path {
      try self.init(files: [path], areOptional: false)
      return
    }
    if let list = value("KUBECONFIG"), !list.isEmpty {
      let paths = OrderedSet(list.split(separator: ":").map(String.init))
      try self.init(files: Array(paths), areOptional: true)
      guard !files.isEmpty else {
        throw ClientConfigurationError("none of the files that KUBECONFIG names is there: \(list)")
      }
      return
    }
    guard let home = value("HOME"), !home.isEmpty else {
      throw ClientConfigurationError("no kubeconfig file is named, and neither KUBECONFIG nor HOME is set")
    }
    let file = "\(home)/.kube/config"
    guard Files.exists(file) else {
      throw ClientConfigurationError(
        file: file, "no such file: name a kubeconfig file, or set KUBECONFIG, or run inside a cluster")
    }
    try self.init(files: [file], areOptional: false)
  }

  private init(files paths: [String], areOptional: Bool) throws(ClientConfigurationError) {
    guard paths.count <= Self.maximumFiles else {
      throw ClientConfigurationError("KUBECONFIG names \(paths.count) files; up to \(Self.maximumFiles) are read")
    }
    var files: [String] = []
    var current: String?
    var contexts: OrderedDictionary<String, KubeconfigFields> = [:]
    var clusters: OrderedDictionary<String, KubeconfigFields> = [:]
    var users: OrderedDictionary<String, KubeconfigFields> = [:]
    for path in paths where !areOptional || Files.exists(path) {
      files.append(path)
      guard let root = try Self.read(path) else { continue }
      if current == nil { current = try root.string("current-context") }
      try Self.add(root, "contexts", "context", to: &contexts)
      try Self.add(root, "clusters", "cluster", to: &clusters)
      try Self.add(root, "users", "user", to: &users)
    }
    self.files = files
    currentContext = current
    self.contexts = contexts
    self.clusters = clusters
    self.users = users
  }

  /// `nil` for a file with nothing in it.
  private static func read(_ path: String) throws(ClientConfigurationError) -> KubeconfigFields? {
    let octets: [UInt8]
    do { octets = try Files.read(path, limit: maximumFile) } catch {
      throw ClientConfigurationError(file: path, "cannot be read: \(error)")
    }
    guard let text = String(validating: octets, as: UTF8.self) else {
      throw ClientConfigurationError(file: path, "is not UTF-8 text")
    }
    do {
      guard let (value, lines) = try YAMLDocument.readWithLines(text), !value.isNull else { return nil }
      guard value.object != nil else {
        throw ClientConfigurationError(
          file: path, line: lines.line, "expected clusters, users and contexts, found \(value.typeWithArticle)")
      }
      let root = KubeconfigFields(file: path, value: value, lines: lines)
      if let kind = try root.string("kind"), kind != "Config" {
        throw root.problem("kind", "expected Config, found \(kind): this is no kubeconfig file")
      }
      return root
    } catch let problem as YAMLProblem {
      throw ClientConfigurationError(file: path, line: problem.line, problem.message)
    } catch {
      throw error as? ClientConfigurationError ?? ClientConfigurationError(file: path, "\(error)")
    }
  }

  private static func add(
    _ root: KubeconfigFields, _ list: String, _ member: String,
    to known: inout OrderedDictionary<String, KubeconfigFields>
  ) throws(ClientConfigurationError) {
    var names: Set<String> = []
    for entry in try root.objects(list) {
      let name = try entry.required("name", "each of the \(list) has one")
      guard names.insert(name).inserted else { throw entry.problem("name", "\"\(name)\" is there twice") }
      if known[name] == nil { known[name] = try entry.object(member) }
    }
  }
}
