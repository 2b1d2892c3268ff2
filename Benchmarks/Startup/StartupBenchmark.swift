// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Foundation
import LinuxSystem

/// Measures how soon a new cluster answers, from the start of the process, and prints a table.
///
/// Usage: `startup-benchmark PROGRAM MANIFEST [ROUNDS]`, where MANIFEST is `three.yaml` beside this file.
@main
struct StartupBenchmark {
  /// Something whose time is taken: what is run, and the answer that ends it.
  private struct Case {
    var title: String
    /// Milliseconds.
    var bar: Double
    var arguments: [String]
    var name: String
    /// Addresses that the answer has to have.
    var addresses: Int
  }

  /// A cluster that does not answer by then has failed.
  private static let limit: Duration = .seconds(30)
  /// Milliseconds that one question waits for its answer.
  private static let patience: Int64 = 50

  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3 else {
      print("usage: startup-benchmark PROGRAM MANIFEST [ROUNDS]")
      exit(2)
    }
    let rounds = arguments.count > 3 ? Int(arguments[3]) ?? 10 : 10
    let cases = [
      Case(
        title: "up --runtime none: first answer", bar: 150, arguments: ["--runtime", "none"],
        name: "kubernetes.default.svc.cluster.local", addresses: 1),
      Case(
        title: "up -f three.yaml: three pods Ready, in order", bar: 1500,
        arguments: ["--runtime", "oci", "-f", arguments[2]], name: "three.default.svc.cluster.local", addresses: 3),
    ]
    var times = [[Double]](repeating: [], count: cases.count)
    for _ in 0..<rounds {
      for (index, item) in cases.enumerated() { times[index].append(try await time(item, program: arguments[1])) }
    }
    var isHeld = true
    print("milliseconds from the start of the process, \(rounds) rounds\n")
    print("| | bar | median | least | most |\n|---|---|---|---|---|")
    for (item, times) in zip(cases, times) {
      let sorted = times.sorted()
      let median = sorted[sorted.count / 2]
      isHeld = isHeld && median <= item.bar
      let cells = [item.bar, median, sorted[0], sorted[sorted.count - 1]].map { String(Int($0.rounded())) }
      print("| \(item.title) | \(cells.joined(separator: " | ")) |")
    }
    exit(isHeld ? 0 : 1)
  }

  /// One cluster, from nothing to its answer, and down again.
  /// - Returns: milliseconds.
  private static func time(_ item: Case, program: String) async throws -> Double {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("callsign-startup-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let loopback = HostAddress("127.0.0.1")!
    let port = try DNSSockets.open(loopback, port: 0).port!
    let null = try Descriptor.null()
    let clock = ContinuousClock()
    let start = clock.now
    let process = try ChildProcess.start(
      ProcessImage(
        [program, "up", "--data-dir", folder.path, "--api-port", "0", "--dns-port", String(port)] + item.arguments,
        environment: ChildProcess.environment),
      descriptors: [null.number, null.number, 2])
    let question = Question(name: try Name(item.name), type: .a)
    var answered: Duration?
    while answered == nil, clock.now - start < limit {
      let answer = try? await DNSClient().query(
        question, at: Upstream(loopback, port: port), timeoutMilliseconds: patience)
      if answer?.answers.count == item.addresses { answered = clock.now - start }
    }
    let down = try ChildProcess.start(
      ProcessImage([program, "down", "--data-dir", folder.path], environment: ChildProcess.environment),
      descriptors: [null.number, null.number, 2])
    _ = try ChildProcess.wait(for: down)
    _ = try ChildProcess.wait(for: process)
    guard let answered else { throw Failure(description: "\(item.title): no answer within \(limit)") }
    return Double(answered.components.seconds) * 1000 + Double(answered.components.attoseconds) / 1e15
  }

  private struct Failure: Error, CustomStringConvertible {
    var description: String
  }
}
