// SPDX-License-Identifier: Apache-2.0

/// Tells of changes in files and folders, also after a folder was replaced by another of its name.
package struct PathWatch: Sendable {
  package let paths: [String]
  /// The folders themselves, and what files are in.
  private var watches: [DirectoryWatch] = []
  /// What these folders are in: a folder that goes takes its own watch with it.
  private var parents: [DirectoryWatch] = []
  private var folders: [FolderState] = []

  /// - Throws: if a folder cannot be watched.
  package init(_ paths: [String]) throws(SystemError) {
    self.paths = paths
    try open()
  }

  /// Returns after something changed; false where the task was cancelled first.
  package mutating func change() async throws -> Bool {
    while let isParent = try await next() {
      if !isParent { return true }
      // Most of what happens beside our folders is no concern of theirs.
      if currentFolders() == folders { continue }
      do { try open() } catch where error.isNotFound { continue }  // Gone while we looked, of which we are told.
      return true
    }
    return false
  }

  private mutating func open() throws(SystemError) {
    // Looked at first: what changes meanwhile is a change then.
    folders = currentFolders()
    var watches: [DirectoryWatch] = []
    for folder in folders { watches.append(try DirectoryWatch(folder.path)) }
    self.watches = watches
    let above = Set(paths.map(FolderOfFile.above)).sorted()
    // One that may not be read cannot be watched; then such changes go unnoticed, and no others.
    parents = above.compactMap { try? DirectoryWatch($0, tellsOfNew: true) }
  }

  private func currentFolders() -> [FolderState] { Set(paths.map(FolderOfFile.path)).sorted().map(FolderState.init) }

  /// Whether it was beside a folder that something changed; `nil` where the task was cancelled.
  private func next() async throws -> Bool? {
    try await withThrowingTaskGroup(of: Bool?.self) { group in
      for (list, isParent) in [(watches, false), (parents, true)] {
        for watch in list { group.addTask { try await watch.change() ? isParent : nil } }
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }
}

/// Which folder it is that has a path.
private struct FolderState: Hashable {
  let path: String
  let version: Files.Version?

  init(_ path: String) {
    self.path = path
    version = Files.version(path)
  }
}

/// The folder whose changes tell of a path's: a folder's own, or what a file is in.
package enum FolderOfFile {
  package static func path(_ path: String) -> String { Files.isDirectory(path) == true ? path : parent(of: path) }

  /// What that folder is in; for a path with nothing there, where it would be.
  package static func above(_ path: String) -> String {
    Files.isDirectory(path) == false ? parent(of: parent(of: path)) : parent(of: path)
  }

  private static func parent(of path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    switch Files.name(of: path) {
    // What these are in has no name of its own.
    case ".", "..": return path + "/.."
    default: return Files.parent(of: path)
    }
  }
}
