// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging

extension Forwarder {
  /// Tries to find a loop before it is given up: an upstream may start later than we do.
  private static let loopCheckTries = 5
  /// Milliseconds that a probe waits at most.
  private static let probeTimeoutMilliseconds: Int64 = 1000

  func work(on chore: Chore) async {
    switch chore {
    case .probe(let link): await probe(link)
    case .checkLoop(let link): await checkLoop(link)
    }
  }

  /// Finds out whether an upstream that left a question unanswered is there at all: asks it something easy, to which
  /// any answer will do. One probe an interval, and after longer and longer times while it is down, until it has
  /// answered and no further question has failed.
  private func probe(_ link: UpstreamLink) async {
    var wait: Int64 = 0
    repeat {
      let settings = plan.settings
      guard isCurrent(link), settings.maximumFailures > 0 else { return link.endProbing() }
      let wasDown = link.isDown
      link.probing()
      let isAnswered = await isAnswering(link, settings)
      if Task.isCancelled { return }
      note(link.probed(isAnswered: isAnswered, limit: settings.maximumFailures), of: link)
      let isStillDown = wasDown && link.isDown
      let doubled = min(max(wait, settings.probeMilliseconds) * 2, settings.maximumProbeMilliseconds)
      wait = isStillDown ? doubled : settings.probeMilliseconds
      do { try await time.sleep(wait) } catch { return }
    } while link.needsProbe()
  }

  private func isAnswering(_ link: UpstreamLink, _ settings: ForwardingSettings) async -> Bool {
    let answer = try? await link.ask(
      Question(name: settings.probeName, type: .ns), .recursionDesired, settings,
      timeoutMilliseconds: min(settings.timeoutMilliseconds, Self.probeTimeoutMilliseconds))
    return answer != nil
  }

  /// Says what has become of an upstream, once for each change.
  func note(_ change: UpstreamLink.Change, of link: UpstreamLink) {
    switch change {
    case .none: break
    case .down: logger.warning("DNS: upstream \(link.upstream) does not answer; left out until it does")
    case .healthy:
      logger.notice("DNS: upstream \(link.upstream) answers again")
      // It may be another server now.
      if plan.settings.detectsLoops { choreQueue.yield(.checkLoop(link)) }
    }
  }

  /// Sends a name that nobody else has; `forward` notices if it comes back.
  private func checkLoop(_ link: UpstreamLink) async {
    let name = loopNames.make(for: link)
    defer { loopNames.remove(name) }
    for _ in 0..<Self.loopCheckTries {
      let settings = plan.settings
      do {
        _ = try await link.ask(
          Question(name: name, type: LoopNames.type), .recursionDesired, settings,
          timeoutMilliseconds: settings.timeoutMilliseconds)
        return
      } catch {
        guard !Task.isCancelled, isCurrent(link), !link.isLoop else { return }
        do { try await time.sleep(settings.probeMilliseconds) } catch { return }
      }
    }
  }

  /// Reads the file of static names whenever something in its directory was written, moved there or removed, as a
  /// ConfigMap's new version is, and when the directory itself is another.
  func watchStaticNames() async {
    var files = files.makeAsyncIterator()
    var file = await files.next() ?? nil
    while !Task.isCancelled {
      let current = file
      await withTaskGroup(of: Void.self) { group in
        if let current { group.addTask { await self.watch(current) } }
        file = await files.next() ?? nil
        group.cancelAll()
      }
    }
  }

  private func watch(_ file: String) async {
    do {
      var watch = try PathWatch([file])
      repeat { replaceStaticNames(ofFile: file) } while try await watch.change()
    } catch {
      logger.warning("static names: \(error); changes of \(file) go unnoticed")
    }
  }
}
