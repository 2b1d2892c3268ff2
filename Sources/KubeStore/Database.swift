// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import KubeModel

/// The objects on disk: one SQLite file, one row an object.
///
/// A commit is on the disk before it returns (write-ahead log, `synchronous = FULL`), so what was acknowledged
/// survives a crash of the program and of the machine.
struct Database: Sendable {
  /// Marks the file as ours (SQLite `application_id`): the letters `CSGN`.
  private static let applicationID: Int64 = 0x4353_474E
  /// The layout of the file (SQLite `user_version`); a file of a later one is refused.
  private static let format: Int64 = 1
  private static let versionKey = "version"

  private let queue: DatabaseQueue

  /// One row to write; without a body, to delete.
  struct Row: Sendable {
    var key: ObjectKey
    var version: UInt64
    var body: [UInt8]?
  }

  /// Opens or creates the file; nil opens an empty database in memory.
  init(path: String?) throws(StoreError) {
    do {
      if let path, FileManager.default.fileExists(atPath: path) { try Self.checkFormat(path) }
      var configuration = Configuration()
      configuration.journalMode = path == nil ? .default : .wal
      queue = try path.map { try DatabaseQueue(path: $0, configuration: configuration) } ?? DatabaseQueue()
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(
          sql: """
            CREATE TABLE IF NOT EXISTS objects (
              resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL,
              body BLOB NOT NULL, PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
            PRAGMA application_id = \(Self.applicationID);
            PRAGMA user_version = \(Self.format);
            """)
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw Self.storeError(error, path: path ?? ":memory:")
    }
  }

  /// Refuses a file that is not ours to change, before anything in it is changed.
  private static func checkFormat(_ path: String) throws {
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    try queue.read { try checkFormat(of: $0, path: path) }
  }

  private static func checkFormat(of db: GRDB.Database, path: String) throws {
    let application = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    let format = try Int64.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    let tables = try Int64.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    if application != applicationID, application != 0 || tables != 0 {
      throw StoreError(
        code: .notADatabase, message: "\(path) is a database of another program; choose another data folder")
    }
    if format > Self.format {
      throw StoreError(
        code: .newerFormat,
        message: "\(path) has format \(format), and this callsign reads up to \(Self.format): it was written by a "
          + "newer version. Use that version, or another data folder; nothing was changed")
    }
  }

  /// Every stored object, and the newest version that was ever given out.
  func load() throws(StoreError) -> (objects: [KubeObject], version: UInt64) {
    do {
      return try queue.read { db in
        let version = try Int64.fetchOne(
          db, sql: "SELECT value FROM counters WHERE name = ?", arguments: [Self.versionKey])
        var objects: [KubeObject] = []
        let rows = try GRDB.Row.fetchCursor(db, sql: "SELECT resource, namespace, name, body FROM objects")
        while let row = try rows.next() {
          let name: String = row[0]
          let body: [UInt8] = Array(row[3] as Data)
          guard let resource = APIResource.all.first(where: { $0.qualifiedPlural == name }),
            let root = try JSONParser.parse(body).object
          else {
            throw StoreError(
              code: .newerFormat,
              message: "the database holds an object of kind \"\(name)\" that this callsign does not know: it was "
                + "written by a newer version. Use that version, or another data folder; nothing was changed")
          }
          objects.append(KubeObject(root, of: resource))
        }
        return (objects, UInt64(version ?? 0))
      }
    } catch let error as StoreError {
      throw error
    } catch {
      throw Self.storeError(error, path: queue.path)
    }
  }

  /// Writes rows as one transaction, durable on return; an error leaves everything as it was.
  func commit(_ rows: [Row], version: UInt64) throws {
    try queue.write { db in
      let put = try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO objects (resource, namespace, name, version, body) VALUES (?, ?, ?, ?, ?)")
      let remove = try db.cachedStatement(sql: "DELETE FROM objects WHERE resource = ? AND namespace = ? AND name = ?")
      for row in rows {
        let plural = row.key.resource.qualifiedPlural
        if let body = row.body {
          try put.execute(
            arguments: [plural, row.key.namespace, row.key.name, Int64(row.version), Data(body)])
        } else {
          try remove.execute(arguments: [plural, row.key.namespace, row.key.name])
        }
      }
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)")
        .execute(arguments: [Self.versionKey, Int64(version)])
    }
  }

  /// The durability in force (SQLite `PRAGMA synchronous`): 2 is FULL.
  func synchronousLevel() throws -> Int64? {
    try queue.read { try Int64.fetchOne($0, sql: "PRAGMA synchronous") }
  }

  /// Lets the file grow no further, as on a full disk.
  func limitToPresentSize() throws {
    try queue.writeWithoutTransaction { db in
      let pages = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      try db.execute(sql: "PRAGMA max_page_count = \(pages)")
    }
  }

  func close() {
    try? queue.close()
  }

  /// Why a write failed, in words.
  static func reason(_ error: any Error) -> String {
    guard let error = error as? DatabaseError else { return "\(error)" }
    return error.message ?? "\(error.resultCode)"
  }

  private static func storeError(_ error: any Error, path: String) -> StoreError {
    guard let error = error as? DatabaseError else { return StoreError(code: .io, message: "\(path): \(error)") }
    let detail = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return StoreError(
        code: .notADatabase, message: "\(path) is not a readable database (\(detail)); move it away to start anew")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return StoreError(code: .inUse, message: "\(path) is in use by another process")
    case .SQLITE_FULL:
      return StoreError(code: .io, message: "\(path): the disk is full; free some space and start again")
    case .SQLITE_IOERR:
      // A full disk too: SQLite says so of the database itself only, not of the files that it needs beside it.
      return StoreError(
        code: .io, message: "\(path): \(detail); look whether the disk is full or damaged, and start again")
    default: return StoreError(code: .io, message: "\(path): \(detail)")
    }
  }
}
