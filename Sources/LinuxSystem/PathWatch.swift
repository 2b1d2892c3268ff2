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
    while let place = try await next() {
      // Most of what happens beside our folders is no concern of theirs.
      if place.isBeside, currentFolders() != folders {
        do {
          try open()
          return true
        } catch where error.isNotFound {}  // Gone while we looked, of which we are told.
      }
      if place.isInside { return true }
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

  /// Where something changed; `nil` where the task was cancelled.
  private func next() async throws -> Place? {
    try await withThrowingTaskGroup(of: Place?.self) { group in
      for (list, place) in [(watches, Place(isInside: true)), (parents, Place(isBeside: true))] {
        for watch in list { group.addTask { try await watch.change() ? place : nil } }
      }
      var places = try await group.next() ?? nil
      group.cancelAll()
      // A watch tells of a change once, and another may have done so meanwhile.
      while let more = try await group.next() {
        if let more { places = places.map { $0.with(more) } }
      }
      return places
    }
  }

  /// In the folders, beside them, or both.
  private struct Place {
    var isInside = false
    var isBeside = false

    func with(_ other: Place) -> Place {
      Place(isInside: isInside || other.isInside, isBeside: isBeside || other.isBeside)
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
