// SPDX-License-Identifier: Apache-2.0
import Glibc
import KubeModel
import LinuxSystem

extension ExecPlugin {
  /// Octets of an answer that are read.
  static let maximumOutput = 1 << 20
  /// Octets of what a plugin says of its failure that are read; the last line of it is shown.
  static let maximumErrors = 64 << 10
  /// A plugin that takes longer is ended, with all that it started.
  static let limit = Duration.seconds(25)

  /// Runs the plugin once.
  func run(clock: some Clock<Duration>) async throws(CredentialError) -> Answer {
    let searchPath = environment["PATH"] ?? ChildProcess.environmentValue("PATH") ?? ""
    guard let program = Files.program(command, searchPath: searchPath) else {
      let hint = installHint.isEmpty ? "install it, or give its full path" : installHint
      throw problem("there is no such program that can be run: \(hint)")
    }
    let added = environment.merging(["KUBERNETES_EXEC_INFO": information.jsonText]) { $1 }
    let kept = ChildProcess.environment.filter { entry in added[String(entry.prefix { $0 != "=" })] == nil }
    let image = ProcessImage(
      [program] + arguments, environment: kept + added.map { "\($0.key)=\($0.value)" }.sorted(), leadsSession: true)
    let ended: PluginProcess.Ended
    do {
      ended = try await PluginProcess(image).run(
        maximumOutput: Self.maximumOutput, maximumErrors: Self.maximumErrors, limit: Self.limit, clock: clock)
    } catch {
      throw problem("\(error)")
    }
    guard ended.status == 0 else {
      let said = String(decoding: ended.errors, as: UTF8.self).split { $0.isNewline }.last ?? "and said nothing"
      throw problem("it ended with status \(ended.status): \(said.prefix(500))")
    }
    return try answer(ended.output)
  }
}

/// A program of which only what it writes, and how it ends, is wanted.
struct PluginProcess {
  struct Ended: Sendable {
    /// Its exit code, or 128 + the signal that killed it.
    var status: Int32
    var output: [UInt8]
    var errors: [UInt8]
  }

  /// Why there is no whole answer.
  enum Failure: Error, CustomStringConvertible {
    case notStarted(SystemError)
    case tooLong(Duration)
    case tooMuch(Int)
    case cancelled

    var description: String {
      switch self {
      case .notStarted(let error): "it cannot be started: \(error)"
      case .tooLong(let limit): "it gave no answer within \(limit)"
      case .tooMuch(let limit): "it wrote more than \(limit >> 10) KiB"
      case .cancelled: "it was not waited for"
      }
    }
  }

  private enum Part: Sendable {
    case output([UInt8])
    case errors([UInt8])
    case end
    case timedOut
  }

  private let image: ProcessImage

  /// - Parameter image: has to lead its session, so that its end can be made that of all that it started.
  init(_ image: ProcessImage) { self.image = image }

  func run(
    maximumOutput: Int, maximumErrors: Int, limit: Duration, clock: some Clock<Duration>
  ) async throws(Failure) -> Ended {
    let process: Int32
    let output: Descriptor
    let errors: Descriptor
    do throws(SystemError) {
      let null = try Descriptor.null()
      let out = try Descriptor.pipe()
      let err = try Descriptor.pipe()
      process = try ChildProcess.start(
        image, descriptors: [null.number, out.writing.number, err.writing.number])
      // Else the end of what it writes would not be seen.
      out.writing.closeEarly()
      err.writing.closeEarly()
      (output, errors) = (out.reading, err.reading)
    } catch {
      throw .notStarted(error)
    }
    let result: Result<([UInt8], [UInt8]), Failure> = await withTaskGroup(
      of: Result<Part, Failure>.self
    ) { group in
      group.addTask { await Self.read(output, upTo: maximumOutput).map { .output($0) } }
      group.addTask { await Self.read(errors, upTo: maximumErrors).map { .errors($0) } }
      group.addTask { await Self.wait(for: process) }
      group.addTask {
        do { try await clock.sleep(for: limit) } catch { return .failure(.cancelled) }
        return .success(.timedOut)
      }
      defer { group.cancelAll() }
      var output: [UInt8]?
      var errors: [UInt8]?
      // Programs close what they write to before they end, and say only then how it went.
      var hasEnded = false
      while output == nil || errors == nil || !hasEnded {
        switch await group.next() {
        case .success(.output(let octets)): output = octets
        case .success(.errors(let octets)): errors = octets
        case .success(.end): hasEnded = true
        case .success(.timedOut): return .failure(.tooLong(limit))
        case .failure(let failure): return .failure(failure)
        case nil: return .failure(.cancelled)
        }
      }
      return .success((output ?? [], errors ?? []))
    }
    // Its whole session: what it started in the background is not to stay either.
    try? ChildProcess.signal(-process, SIGKILL)
    // Who is cancelled waits all the same, and blocks no thread where the end takes its time.
    let status = await Task {
      _ = try? await Poller.shared.wait(for: .readable, of: .process(process))
      return (try? ChildProcess.wait(for: process)) ?? -1
    }.value
    let (octets, said) = try result.get()
    return Ended(status: status, output: octets, errors: said)
  }

  private static func wait(for process: Int32) async -> Result<Part, Failure> {
    do throws(SystemError) {
      let hasEnded = try await Poller.shared.wait(for: .readable, of: .process(process))
      return hasEnded ? .success(.end) : .failure(.cancelled)
    } catch {
      return .failure(.notStarted(error))
    }
  }

  /// All that is written until the end.
  private static func read(_ descriptor: Descriptor, upTo limit: Int) async -> Result<[UInt8], Failure> {
    var octets: [UInt8] = []
    while true {
      do {
        guard try await Poller.shared.wait(for: .readable, of: descriptor) else { return .failure(.cancelled) }
        let part = try descriptor.read(upTo: 16 << 10)
        if part.isEmpty { return .success(octets) }
        octets += part
      } catch {
        return .failure(.notStarted(error))
      }
      if octets.count > limit { return .failure(.tooMuch(limit)) }
    }
  }
}
