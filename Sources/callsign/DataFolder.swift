// SPDX-License-Identifier: Apache-2.0
import Foundation
import LinuxSystem

/// The folder in which one cluster keeps everything: its database, its keys, its pods' files and its sockets.
struct DataFolder: Sendable {
  let path: String

  /// - Parameter path: nil takes `$XDG_DATA_HOME/callsign`, or `~/.local/share/callsign`.
  init(_ path: String?) {
    let chosen = path ?? Self.standardPath
    self.path = URL(fileURLWithPath: chosen).standardizedFileURL.path
  }

  private static var standardPath: String {
    let environment = ProcessInfo.processInfo.environment
    if let home = environment["XDG_DATA_HOME"], home.hasPrefix("/") { return "\(home)/callsign" }
    return "\(NSHomeDirectory())/.local/share/callsign"
  }

  var database: String { "\(path)/store.db" }
  var keys: String { "\(path)/pki" }
  var kubeconfig: String { "\(path)/kubeconfig" }
  /// Sockets and files of the running cluster.
  var run: String { "\(path)/run" }
  /// The API without TLS, for this user's own commands.
  var apiSocket: String { "\(run)/api.sock" }
  /// Held locked by `callsign up`; names its process.
  var lock: String { "\(run)/up.lock" }
  /// Where the API and the DNS server of the running cluster listen.
  var addresses: String { "\(run)/cluster.json" }

  /// Makes the folders, for this user alone.
  func make() throws(CommandError) {
    let length = apiSocket.utf8.count
    if length > MessageSocket.maximumPath {
      throw CommandError(
        "the path of the data folder is \(length - MessageSocket.maximumPath) octets too long for sockets in it: "
          + "\(path). Choose a shorter one with --data-dir")
    }
    do {
      for folder in [path, run] { try Files.makeDirectory(folder) }
    } catch {
      throw CommandError("cannot use the data folder: \(error). Choose another with --data-dir")
    }
  }

  /// Takes the folder for this process, until it ends.
  ///
  /// - Throws: where another `callsign up` has it.
  func takeLock() throws(CommandError) -> Descriptor {
    do {
      let file = try Descriptor.open(lock, O_RDWR | O_CREAT)
      try file.lock()
      try Files.write(Array("\(getpid())\n".utf8), to: lock)
      return file
    } catch {
      if error.isBusy {
        throw CommandError(
          "a cluster runs from \(path) already (process \(runningProcess.map(String.init) ?? "unknown")). "
            + "End it with `callsign down`, or choose another folder with --data-dir")
      }
      throw CommandError("cannot use the data folder: \(error)")
    }
  }

  /// The process of the `callsign up` that has the folder; nil where none has.
  var runningProcess: Int32? {
    guard let file = try? Descriptor.open(lock, O_RDWR), (try? file.isLocked()) == true,
      let text = try? Files.readText(lock)
    else { return nil }
    return Int32(text.prefix { $0 != "\n" })
  }
}
