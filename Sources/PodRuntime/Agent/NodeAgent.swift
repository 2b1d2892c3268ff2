// SPDX-License-Identifier: Apache-2.0
package import LinuxSystem
import Synchronization

/// A connection to the node agent: programs that run in the cluster's namespaces, and sockets of its network.
package final class NodeAgent: Sendable {
  /// A program that the agent started.
  package struct Program: Sendable {
    /// Its id in the agent's process namespace.
    package let process: Int32
    fileprivate let id: UInt32
  }

  enum Exit {
    case pending
    case waiting(CheckedContinuation<Int32?, Never>)
    case done(Int32)
  }

  struct State {
    var nextID: UInt32 = 1
    var starts: [UInt32: CheckedContinuation<Result<Int32, RuntimeError>, Never>] = [:]
    var sockets: [UInt32: CheckedContinuation<Result<Descriptor, RuntimeError>, Never>] = [:]
    var exits: [UInt32: Exit] = [:]
    var closed: [CheckedContinuation<Void, Never>] = []
    var losses: [UInt32: CheckedContinuation<Bool, Never>] = [:]
    var isClosed = false
  }

  /// How long an agent may take to answer: it never waits for anything itself.
  private static let greetingLimit: Duration = .seconds(10)

  private static let lost = RuntimeError(.agent, "the node agent has ended")

  /// Differs for each agent that ever ran: what was made with another one is gone.
  package let instance: String
  private let socket: MessageSocket
  let state = Mutex(State())

  /// The agent that runs on a data directory; nil where none does.
  /// - Throws: an error of code `agent` where it speaks another version, or does not answer.
  package static func connect(_ paths: RuntimePaths) async throws(RuntimeError) -> NodeAgent? {
    let socket: MessageSocket
    do {
      socket = try MessageSocket.connect(to: paths.socket)
    } catch {
      // No file, or one that an agent which was killed has left.
      if error.isNotFound || error.isRefused { return nil }
      throw RuntimeError(error)
    }
    do {
      try socket.send(AgentRequest.hello.bytes)
      let isAnswered = await withTimeout(greetingLimit) {
        (try? await Poller.shared.wait(for: .readable, of: socket.descriptor)) ?? true
      }
      guard isAnswered == true else {
        throw RuntimeError(
          .agent,
          "the node agent of \(paths.dataDirectory) gave no answer within \(greetingLimit): end its process "
            + "(\(AgentProcess.subcommand)) and start again")
      }
      guard let answer = try socket.receive(capacity: AgentRequest.maximumLength) else { return nil }
      guard case .hello(AgentRequest.version, let instance) = AgentReply(answer.bytes) else {
        throw RuntimeError(
          .agent, "a node agent of another version runs on \(paths.dataDirectory): run `callsign down` first")
      }
      return NodeAgent(socket, instance: instance)
    } catch let error as RuntimeError {
      throw error
    } catch {
      // The agent ended just now.
      return nil
    }
  }

  private init(_ socket: MessageSocket, instance: String) {
    self.socket = socket
    self.instance = instance
    startThread(name: "callsign-agent") { [weak self] in
      // Holds the socket, not the client: a client that nobody uses goes away.
      while let message = try? socket.receive(capacity: AgentRequest.maximumLength) {
        guard let self, let reply = AgentReply(message.bytes) else { break }
        self.take(reply, message.descriptors)
      }
      self?.close()
    }
  }

  deinit { socket.shutdown() }

  /// Starts a program in the cluster's namespaces.
  /// - Parameters:
  ///   - descriptors: become 0, 1, 2 … of the program.
  ///   - isBound: whether the program is killed when this connection ends.
  package func start(
    _ image: ProcessImage, descriptors: [Descriptor], isBound: Bool = false
  ) async throws(RuntimeError) -> Program {
    let id = newID()
    let request = AgentRequest.start(id: id, image, isBound: isBound).bytes
    guard request.count <= AgentRequest.maximumLength else {
      throw RuntimeError(
        .configuration, "arguments and environment are longer than \(AgentRequest.maximumLength) octets")
    }
    let result = await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        guard !state.isClosed else { return false }
        state.starts[id] = continuation
        state.exits[id] = .pending
        return true
      }
      guard isOpen else { return continuation.resume(returning: .failure(Self.lost)) }
      send(request, descriptors)
    }
    do {
      return Program(process: try result.get(), id: id)
    } catch {
      state.withLock { $0.exits[id] = nil }
      throw RuntimeError(error.code, "\(image.arguments[0]): \(error.message)")
    }
  }

  /// Waits for a program's end: its exit code, or 128 + the signal that killed it. Once a program.
  package func status(of program: Program) async throws(RuntimeError) -> Int32 {
    let status: Int32? = await withCheckedContinuation { continuation in
      let known: Int32?? = state.withLock { state in
        switch state.exits[program.id] {
        case .done(let status):
          state.exits[program.id] = nil
          return .some(status)
        case .pending where !state.isClosed:
          state.exits[program.id] = .waiting(continuation)
          return nil
        case .pending, .waiting, nil: return .some(nil)
        }
      }
      if let known { continuation.resume(returning: known) }
    }
    guard let status else { throw Self.lost }
    return status
  }

  /// Does nothing where the program has ended.
  package func signal(_ program: Program, _ number: Int32) {
    send(AgentRequest.signal(process: program.process, number: number).bytes, [])
  }

  /// A socket in the cluster's network that does not block and has no address yet; whoever binds or connects it does so
  /// there.
  package func socket(isIPv6: Bool = false, isStream: Bool) async throws(RuntimeError) -> Descriptor {
    let id = newID()
    let result = await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isClosed { state.sockets[id] = continuation }
        return !state.isClosed
      }
      guard isOpen else { return continuation.resume(returning: .failure(Self.lost)) }
      send(AgentRequest.socket(id: id, isIPv6: isIPv6, isStream: isStream).bytes, [])
    }
    return try result.get()
  }

  func newID() -> UInt32 {
    state.withLock { state in
      defer { state.nextID &+= 1 }
      return state.nextID
    }
  }

  func send(_ bytes: [UInt8], _ descriptors: [Descriptor]) {
    // A failure means that the agent is gone, which the reading thread sees too.
    if (try? socket.send(bytes, descriptors: descriptors.map(\.number))) == nil { socket.shutdown() }
  }

  private func take(_ reply: AgentReply, _ descriptors: [Descriptor]) {
    switch reply {
    case .hello: break
    case .started(let id, let process):
      state.withLock { $0.starts.removeValue(forKey: id) }?.resume(returning: .success(process))
    case .failed(let id, let code):
      let error = RuntimeError(.system, SystemError("start", code: code).reason)
      let (start, socket) = state.withLock { ($0.starts.removeValue(forKey: id), $0.sockets.removeValue(forKey: id)) }
      start?.resume(returning: .failure(error))
      socket?.resume(returning: .failure(error))
    case .socket(let id):
      guard let made = descriptors.first else { return }
      state.withLock { $0.sockets.removeValue(forKey: id) }?.resume(returning: .success(made))
    case .exited(let id, let status):
      let waiter: CheckedContinuation<Int32?, Never>? = state.withLock { state in
        switch state.exits[id] {
        case .waiting(let continuation):
          state.exits[id] = nil
          return continuation
        case .pending: state.exits[id] = .done(status)
        case .done, nil: break
        }
        return nil
      }
      waiter?.resume(returning: status)
    }
  }

  private func close() {
    let old = state.withLock { state in
      let old = state
      state = State()
      state.isClosed = true
      return old
    }
    for start in old.starts.values { start.resume(returning: .failure(Self.lost)) }
    for socket in old.sockets.values { socket.resume(returning: .failure(Self.lost)) }
    for case .waiting(let continuation) in old.exits.values { continuation.resume(returning: nil) }
    for continuation in old.closed { continuation.resume() }
    for continuation in old.losses.values { continuation.resume(returning: true) }
  }
}
