// SPDX-License-Identifier: Apache-2.0

/// Decides what is asked of an API server next, so that what is known of one kind stays in step with it. It asks
/// nothing itself: its driver carries out each step, and tells how it ended.
///
/// Beginning: `initial`. From there:
/// - `initial` → `watching`, by a watch that begins with all objects, or by a list; → `paging` where the list has
///   further pages.
/// - `paging` → `watching` after the last page; → `initial` where its token is not taken any more.
/// - `watching` → `watching` when a watch ends; → `initial` when the server has forgotten the version, or an event
///   makes no sense.
package struct ReflectorMachine: Sendable {
  private enum Phase: Hashable {
    case initial
    case paging(String)
    case watching

    var isPaging: Bool { if case .paging = self { true } else { false } }
  }

  private let pageSize: Int
  private let random: @Sendable () -> Double
  private var phase = Phase.initial
  private var backoffs: Backoffs
  private var pause: Step?
  /// The last wait was cut short, and nothing has gone well since: the next one is not. Two machines whose connections
  /// end at once would else wake each other for ever.
  private var isWoken = false
  /// The newest version that was told; 0: none.
  private var version: UInt64 = 0
  /// The last version is of no use any more: the newest is asked for, whatever it is.
  private var wantsNewest = false
  /// A page's token was refused once: the list is asked for whole.
  private var wantsWhole = false
  private var usesWatchList: Bool
  /// Until all is read, by lists: an answer to a watch made no sense.
  private var wantsLists = false
  /// How many watches in a row told nothing at all.
  private var empty = 0
  /// How often in a row octets made no sense.
  private var undecodable = 0
  /// Protobuf is not wanted, or made no sense several times in a row.
  package private(set) var prefersJSON: Bool
  package private(set) var reason = Reason.first

  /// - Parameter random: 0 to 1.
  package init(_ settings: ReflectorSettings, random: @escaping @Sendable () -> Double) {
    pageSize = settings.pageSize
    backoffs = Backoffs(settings.backoff)
    usesWatchList = settings.usesWatchList
    prefersJSON = !settings.usesProtobuf
    self.random = random
  }

  /// What to do now. A time to wait is given once.
  package mutating func next() -> Step {
    if let pause {
      self.pause = nil
      return pause
    }
    switch phase {
    case .initial where usesWatchList && !wantsLists:
      return .watch(Watch(version: wantsNewest || version == 0 ? nil : version, isInitial: true))
    case .initial:
      // At first any version will do, which the server has at hand; later none that is older than what is known.
      return .list(List(version: wantsNewest ? nil : version, limit: wantsWhole ? nil : pageSize))
    case .paging(let token):
      // The token says the version.
      return .list(List(version: nil, limit: wantsWhole ? nil : pageSize, continueToken: token))
    case .watching:
      return .watch(Watch(version: version, isInitial: false))
    }
  }

  /// The wait ended early: the server answers somebody.
  package mutating func wasWoken() { isWoken = true }

  // MARK: Lists

  /// A page has been read. True if it was the last.
  package mutating func listed(_ end: ListEnd) -> Bool {
    backoffs.answered()
    if case .paging(end.continueToken) = phase {
      // The same page again, and so for ever.
      wantsWhole = true
      phase = .initial
      wait()
      return false
    }
    guard end.continueToken.isEmpty else {
      phase = .paging(end.continueToken)
      return false
    }
    isRead(end.version)
    return true
  }

  package mutating func listFailed(_ failure: Failure) {
    if failure.isAnswer { backoffs.answered() }
    switch failure {
    case .refused(let status) where status.code == 410:
      if phase.isPaging { wantsWhole = true }
      if backoffs.hasFailed || wantsNewest {
        wait(for: .expiry, status.retryAfter)
      } else {
        _ = backoffs.failed(.expiry, random: 0)
      }
      wantsNewest = true
      phase = .initial
    case .refused(let status) where phase.isPaging && [400, 404, 422].contains(status.code):
      // The token makes no sense to it: the same one never will.
      wantsWhole = true
      phase = .initial
      wait(status.retryAfter)
    case .refused(let status):
      // A server that is behind, or was set back, does not have the version yet, and may never have it.
      if status.code == 504 { wantsNewest = true }
      wait(status.retryAfter)
    case .undecodable:
      countUndecodable()
      phase = .initial
      wait()
    case .foreign:
      wait()
    case .disconnected, .silent, .misunderstood, .goneBack:
      wait(for: .connection)
    }
  }

  // MARK: Watches

  package mutating func watchEnded(_ end: WatchEnd) {
    if end.failure?.isAnswer ?? true { backoffs.answered() }
    if phase == .initial, end.isComplete { isRead(end.version ?? version) }
    if phase == .watching, let version = end.version { self.version = version }
    empty = end.isEmpty ? empty + 1 : end.version == nil ? empty : 0
    if end.wasOfUse, !end.isEmpty, phase == .watching {
      // All of it may be told again and again by a server that forgets it at once.
      if !(end.isShort && end.failure?.isExpiry == true || end.failure == .goneBack) { backoffs.succeeded() }
      isWoken = false
      if end.failure != .undecodable { undecodable = 0 }
    }
    switch end.failure {
    case .misunderstood: withoutWatchList()
    // It may have understood it, and never say where the objects end.
    case .silent where phase == .initial: withoutWatchList()
    case nil where phase == .initial: readLists()
    case nil where empty >= Self.emptyLimit: readLists()
    case .silent where empty >= Self.emptyLimit: readLists()
    case nil:
      if !end.wasOfUse { wait() }
    case .disconnected, .silent:
      if phase == .initial || !end.wasOfUse { wait(for: .connection) }
    case .foreign: readLists()
    case .goneBack:
      wait(for: .expiry)
      readAgain(.goneBack, newest: true)
    case .undecodable:
      countUndecodable()
      if phase == .initial { return readLists() }
      readAgain(.undecodable, newest: false)
      wait()
    case .refused(let status): refused(status, isShort: end.isShort)
    }
  }

  /// Watches are answered with what is none. Lists may be answered as they should: all is read by them.
  private mutating func readLists() {
    readAgain(phase == .initial ? reason : .undecodable, newest: false)
    wantsLists = true
    wait()
  }

  private mutating func refused(_ status: ServerStatus, isShort: Bool) {
    switch status.code {
    case 410:
      if isShort { wait(for: .expiry, status.retryAfter) }
      readAgain(.expired, newest: true)
    case _ where Self.endsWatchList(status):
      if phase == .initial, usesWatchList { return withoutWatchList() }
      wait(status.retryAfter)
      readAgain(.refused, newest: false)
    case 401, 403, 429, 503:
      wait(status.retryAfter)
    case 504:
      wait(status.retryAfter)
      if phase == .initial { wantsNewest = true } else { readAgain(.expired, newest: true) }
    default:
      wait(status.retryAfter)
      if phase == .watching { readAgain(.refused, newest: false) }
    }
  }

  private mutating func countUndecodable() {
    undecodable += 1
    if undecodable >= Self.undecodableLimit { prefersJSON = true }
  }

  /// Answers in a row that make no sense, after which JSON is asked for.
  private static let undecodableLimit = 2
  /// Watches in a row that tell nothing at all, after which lists are asked for. An API server tells of a version at
  /// least as it ends one.
  private static let emptyLimit = 3

  /// Goes on with lists from now on.
  private mutating func withoutWatchList() { usesWatchList = false }

  private mutating func isRead(_ version: UInt64) {
    self.version = version
    phase = .watching
    (wantsNewest, wantsWhole, wantsLists) = (false, false, false)
  }

  private mutating func readAgain(_ reason: Reason, newest: Bool) {
    phase = .initial
    self.reason = reason
    wantsNewest = wantsNewest || newest
  }

  private mutating func wait(_ asked: Duration? = nil) { wait(for: .answer, asked) }

  private mutating func wait(for trouble: Backoffs.Trouble, _ asked: Duration? = nil) {
    let duration = backoffs.failed(trouble, asked: asked, random: random())
    pause = trouble == .connection && !isWoken ? .waitForAnswer(duration) : .wait(duration)
    isWoken = false
  }
}
