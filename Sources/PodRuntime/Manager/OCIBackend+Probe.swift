// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem

extension OCIBackend {
  /// Octets of an HTTP answer that are read: its first line is enough.
  private static let maximumAnswer = 1024
  /// Characters of a command's output that a message shows.
  private static let maximumMessage = 256

  func ask(_ probe: Probe, of id: ContainerID, address: String) async -> ProbeAnswer {
    let answer = await withTimeout(probe.timeout) { await self.answer(to: probe, of: id, address: address) }
    return answer ?? .failure("no answer within \(probe.timeout.components.seconds)s")
  }

  private func answer(to probe: Probe, of id: ContainerID, address: String) async -> ProbeAnswer {
    do {
      switch probe.question {
      case .exec(let command):
        let result = try await agent.run(runtime.command("exec", id.text) + command, within: probe.timeout)
        let output = (result.output + result.errors).prefix(Self.maximumMessage)
        return result.isSuccess ? .success : .failure(output.isEmpty ? "exit status \(result.status)" : String(output))
      case .tcp(let host, let port):
        _ = try await connect(host.isEmpty ? address : host, port)
        return .success
      case .http(let question): return try await get(question, address)
      case .unknown(let message): return .failure(message)
      }
    } catch {
      return .failure(error.message)
    }
  }

  private func connect(_ host: String, _ port: UInt16) async throws(RuntimeError) -> Descriptor {
    guard let address = IPAddress(host) else {
      throw RuntimeError(.configuration, "the host \(host) is not an address: probes look up no names")
    }
    let socket = try await agent.socket(isIPv6: address.family == .ipv6, isStream: true)
    do {
      if try !InternetSocket.connect(socket, octets: address.octets, port: port) {
        guard try await Poller.shared.wait(for: .writable, of: socket) else {
          throw RuntimeError(.system, "cancelled")
        }
        try InternetSocket.finishConnecting(socket)
      }
    } catch let error as SystemError {
      throw RuntimeError(.system, "dial tcp \(host):\(port): \(error.reason)")
    } catch let error as RuntimeError {
      throw error
    } catch {
      throw RuntimeError(.system, "\(error)")
    }
    return socket
  }

  private func get(_ question: HTTPQuestion, _ address: String) async throws(RuntimeError) -> ProbeAnswer {
    let host = question.host.isEmpty ? address : question.host
    let socket = try await connect(host, question.port)
    try system { () throws(SystemError) in try socket.write(question.request(address: host)) }
    let line = try await socket.readLine(limit: Self.maximumAnswer)
    guard let status = HTTPQuestion.status(of: Array(line.utf8)) else { return .failure("the answer is not HTTP") }
    return (200..<400).contains(status) ? .success : .failure("HTTP probe failed with statuscode: \(status)")
  }
}
