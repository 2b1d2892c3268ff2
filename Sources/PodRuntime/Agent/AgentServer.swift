// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The node agent at work: process 1 of the cluster's own namespaces, with one thread.
///
/// It starts programs and makes sockets for whoever may open its socket file, and buries every process whose parent
/// ended. When it ends, the kernel ends all that runs in the namespaces and takes the mounts and the network with it.
struct AgentServer {
  /// Connections at one time; one more is closed at once.
  static let maximumConnections = 64
  private static let kill: Int32 = 9

  private struct Child {
    var id: UInt32
    var connection: Int32
    var isBound: Bool
  }

  private let listener: MessageSocket
  private let signals: SignalWatch
  private let instance: String
  private var connections: [Int32: MessageSocket] = [:]
  private var children: [Int32: Child] = [:]
  private var isEnding = false

  init(listener: MessageSocket, instance: String) throws(SystemError) {
    self.listener = listener
    self.instance = instance
    signals = try SignalWatch()
  }

  /// Serves until it is told to end; then ends every other process of the namespaces.
  mutating func run() {
    while !isEnding {
      let readable = Descriptor.waitUntilReadable(
        [listener.descriptor, signals.descriptor] + connections.values.map(\.descriptor))
      for number in readable {
        switch number {
        case listener.descriptor.number: accept()
        case signals.descriptor.number: bury()
        default: serve(number)
        }
      }
    }
    try? ChildProcess.signal(-1, Self.kill)
    while (try? ChildProcess.wait(for: -1)) != nil {}
  }

  private mutating func accept() {
    guard let connection = try? listener.accept(), connections.count < Self.maximumConnections,
      (try? connection.descriptor.setNonblocking(true)) != nil
    else { return }
    connections[connection.descriptor.number] = connection
  }

  private mutating func bury() {
    if signals.takeTermination() { isEnding = true }
    while let (process, status) = ChildProcess.reap() {
      guard let child = children.removeValue(forKey: process) else { continue }
      reply(.exited(id: child.id, status: status), to: child.connection)
    }
  }

  private mutating func serve(_ number: Int32) {
    guard let connection = connections[number] else { return }
    do {
      guard let message = try connection.receive(capacity: AgentRequest.maximumLength),
        let request = AgentRequest(message.bytes)
      else { return drop(number) }
      handle(request, descriptors: message.descriptors, from: number)
    } catch {
      if !error.isTryAgain { drop(number) }
    }
  }

  private mutating func handle(_ request: AgentRequest, descriptors: [Descriptor], from number: Int32) {
    switch request {
    case .hello:
      reply(.hello(version: AgentRequest.version, instance: instance), to: number)
    case .start(let id, let image, let isBound):
      do {
        let process = try ChildProcess.start(image, descriptors: descriptors.map(\.number))
        children[process] = Child(id: id, connection: number, isBound: isBound)
        reply(.started(id: id, process: process), to: number)
      } catch {
        reply(.failed(id: id, code: error.code), to: number)
      }
    case .signal(let process, let signal):
      // Only programs that were started for somebody and have not been buried: their ids cannot mean another process.
      if children[process] != nil { try? ChildProcess.signal(process, signal) }
    case .socket(let id, let isIPv6, let isStream):
      do {
        let socket = try InternetSocket.make(isIPv6: isIPv6, isStream: isStream)
        reply(.socket(id: id), descriptors: [socket.number], to: number)
      } catch {
        reply(.failed(id: id, code: error.code), to: number)
      }
    case .shutdown:
      isEnding = true
    }
  }

  /// A client that does not take its replies is dropped: the agent waits for nobody.
  private mutating func reply(_ reply: AgentReply, descriptors: [Int32] = [], to number: Int32) {
    guard let connection = connections[number] else { return }
    do {
      try connection.send(reply.bytes, descriptors: descriptors)
    } catch {
      drop(number)
    }
  }

  private mutating func drop(_ number: Int32) {
    connections[number] = nil
    for (process, child) in children where child.connection == number {
      if child.isBound { try? ChildProcess.signal(process, Self.kill) }
      // The number may come back for another connection, which knows nothing of this program.
      children[process]?.connection = -1
    }
  }
}
