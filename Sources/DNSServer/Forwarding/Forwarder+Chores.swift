// SPDX-License-Identifier: Apache-2.0
import DNSWire
import LinuxSystem
import Logging

extension Forwarder {
  /// Tries to find a loop before it is given up: an upstream may start later than we do.
  private static let loopCheckTries = 5

  func work(on chore: Chore) async {
    switch chore {
    case .probe(let link): await probe(link)
    case .checkLoop(let link): await checkLoop(link)
    }
  }

  /// Asks an upstream that is down for the root's NS records, after longer and longer times. Any answer will do.
  private func probe(_ link: UpstreamLink) async {
    var wait = plan.settings.probeMilliseconds
    while true {
      do { try await time.sleep(wait) } catch { return }
      guard link.isDown, isCurrent(link) else { return }
      let settings = plan.settings
      do {
        _ = try await link.ask(
          Question(name: .root, type: .ns), .recursionDesired, settings,
          timeoutMilliseconds: settings.timeoutMilliseconds)
        link.recovered()
        logger.notice("DNS: upstream \(link.upstream) answers again")
        if settings.detectsLoops { await checkLoop(link) }
        return
      } catch {
        if Task.isCancelled { return }
        link.probeFailed()
        wait = min(wait * 2, settings.maximumProbeMilliseconds)
      }
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

  /// Reads the file of static names whenever something in its directory was written or moved there, as a ConfigMap's
  /// new version is.
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
      let watch = try DirectoryWatch(Files.parent(of: file))
      repeat { replaceStaticNames(ofFile: file) } while try await watch.change()
    } catch {
      logger.warning("static names: \(error); changes of \(file) go unnoticed")
    }
  }
}

extension StaticNames {
  /// With what the file holds now. One that cannot be read counts as empty.
  init(reading settings: StaticNameSettings, _ logger: Logger) {
    var text: String?
    if let file = settings.file {
      do {
        text = String(decoding: try Files.read(file, limit: Self.maximumFileSize), as: UTF8.self)
      } catch {
        logger.warning("static names: \(error)")
      }
    }
    self.init(settings, fileText: text)
    if leftOut > 0 { logger.warning("static names: \(leftOut) lines make no sense, or are too many, and are left out") }
  }
}
