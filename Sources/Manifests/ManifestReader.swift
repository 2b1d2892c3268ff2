// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import KubeModel

/// Reads manifest files: YAML or JSON, several documents each.
package enum ManifestReader {
  /// Octets of one file that are read. The API's own limit for one object is 3 MiB.
  package static let maximumFileSize = 64 << 20
  /// Files taken from one folder.
  package static let maximumFiles = 10_000

  private static let suffixes = [".yaml", ".yml", ".json"]

  /// Reads files and folders. A folder stands for its `*.yaml`, `*.yml` and `*.json` files in order of their names;
  /// folders inside it are left out, as `kubectl apply -f` does.
  package static func read(_ paths: [String]) -> ManifestSet {
    var set = ManifestSet()
    for path in paths {
      do {
        for file in try files(at: path) { read(file: file, into: &set) }
      } catch {
        set.problems.append(error)
      }
    }
    return set
  }

  /// Reads the text of one file.
  /// - Parameter file: the name that problems show.
  package static func read(text: String, file: String) -> ManifestSet {
    var set = ManifestSet()
    var reader = ManifestFileReader(file: file)
    reader.read(text)
    if reader.problems.isEmpty { set.documents = reader.documents }
    set.problems = reader.problems
    return set
  }

  private static func files(at path: String) throws(ManifestProblem) -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ManifestProblem(file: path, message: "no such file or folder")
    }
    guard isFolder else { return [path] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw ManifestProblem(file: path, message: "the folder cannot be read: \(error)")
    }
    let manifests = names.filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted()
    guard !manifests.isEmpty else {
      throw ManifestProblem(file: path, message: "the folder has no *.yaml, *.yml or *.json file")
    }
    guard manifests.count <= maximumFiles else {
      throw ManifestProblem(file: path, message: "the folder has more than \(maximumFiles) manifest files")
    }
    return manifests.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
  }

  /// The words of an error without the form in which Foundation shows it.
  private static func reason(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoPermission: "it is no ordinary file, or not readable for this user"
    case .fileReadNoSuchFile: "there is no such file"
    case .fileReadTooLarge: "it is too large"
    default: "\(error)"
    }
  }

  private static func read(file: String, into set: inout ManifestSet) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: file))
    } catch {
      set.problems.append(ManifestProblem(file: file, message: "the file cannot be read: \(Self.reason(error))"))
      return
    }
    guard bytes.count <= maximumFileSize else {
      set.problems.append(ManifestProblem(file: file, message: "larger than \(maximumFileSize >> 20) MiB"))
      return
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      set.problems.append(ManifestProblem(file: file, message: "not UTF-8 text"))
      return
    }
    let read = read(text: text, file: file)
    set.documents += read.documents
    set.problems += read.problems
  }
}
