// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// A question that is asked of a container again and again (Kubernetes: "Configure Liveness, Readiness and Startup
/// Probes").
struct Probe: Sendable, Hashable {
  enum Kind: String, Sendable, CaseIterable {
    case startup, readiness, liveness

    /// The member of the container's specification.
    var member: String { rawValue + "Probe" }
    var title: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
  }

  enum Question: Sendable, Hashable {
    case exec([String])
    /// `host` empty: the pod.
    case tcp(host: String, port: UInt16)
    case http(HTTPQuestion)
    /// A kind of probe that is not there yet: it fails with this message.
    case unknown(String)
  }

  var question: Question
  var initialDelay: Duration
  var period: Duration
  var timeout: Duration
  var successThreshold: Int
  var failureThreshold: Int

  init(
    _ question: Question, initialDelay: Duration = .zero, period: Duration = .seconds(10),
    timeout: Duration = .seconds(1), successThreshold: Int = 1, failureThreshold: Int = 3
  ) {
    self.question = question
    self.initialDelay = initialDelay
    self.period = period
    self.timeout = timeout
    self.successThreshold = successThreshold
    self.failureThreshold = failureThreshold
  }

  /// Nil where the container has no such probe.
  init?(_ kind: Kind, of container: JSONValue) {
    guard let value = container[kind.member], !value.isNull else { return nil }
    func number(_ member: String, _ standard: Int64) -> Int64 {
      max(value[member]?.int ?? standard, standard == 0 ? 0 : 1)
    }
    self.init(
      Self.question(value, ports: container["ports"]?.array ?? []),
      initialDelay: .seconds(number("initialDelaySeconds", 0)), period: .seconds(number("periodSeconds", 10)),
      timeout: .seconds(number("timeoutSeconds", 1)), successThreshold: Int(number("successThreshold", 1)),
      failureThreshold: Int(number("failureThreshold", 3)))
  }

  /// The question of a probe, or of a hook, which has the same form.
  static func question(_ value: JSONValue, ports: [JSONValue]) -> Question {
    if let command = value["exec"]?["command"]?.array?.compactMap(\.string), !command.isEmpty { return .exec(command) }
    if let tcp = value["tcpSocket"] {
      guard let port = port(tcp["port"], ports) else { return .unknown("the container has no port of that name") }
      return .tcp(host: tcp["host"]?.string ?? "", port: port)
    }
    if let http = value["httpGet"] {
      guard let port = port(http["port"], ports) else { return .unknown("the container has no port of that name") }
      if http["scheme"]?.string == "HTTPS" { return .unknown("requests by HTTPS are not there yet") }
      let headers = http["httpHeaders"]?.array ?? []
      return .http(
        HTTPQuestion(
          host: http["host"]?.string ?? "", port: port, path: http["path"]?.string ?? "/",
          headers: headers.map { .init(name: $0["name"]?.string ?? "", value: $0["value"]?.string ?? "") }))
    }
    return .unknown("this kind of probe or hook is not there yet; exec, tcpSocket and httpGet are")
  }

  private static func port(_ value: JSONValue?, _ ports: [JSONValue]) -> UInt16? {
    switch value.flatMap({ PortReference($0) }) {
    case .number(let number): number
    case .name(let name):
      ports.first { $0["name"]?.string == name }?["containerPort"]?.int.flatMap { UInt16(exactly: $0) }
    case nil: nil
    }
  }
}

/// A GET request of a probe.
struct HTTPQuestion: Sendable, Hashable {
  struct Header: Sendable, Hashable {
    var name: String
    var value: String
  }

  /// Empty: the pod.
  var host: String
  var port: UInt16
  var path: String
  var headers: [Header]

  /// The request (RFC 9112). Control characters are left out: they could end a line.
  func request(address: String) -> [UInt8] {
    let names = Set(headers.map { $0.name.lowercased() })
    var lines = ["GET \(path.hasPrefix("/") ? path : "/" + path) HTTP/1.1"]
    if !names.contains("host") { lines.append("Host: \(address):\(port)") }
    if !names.contains("user-agent") { lines.append("User-Agent: kube-probe/1.36") }
    if !names.contains("accept") { lines.append("Accept: */*") }
    lines += headers.map { "\($0.name): \($0.value)" }
    lines.append("Connection: close")
    let clean = lines.map { $0.filter { !$0.isNewline } }
    return Array((clean.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  /// The status of an answer's first line; nil where it is none.
  static func status(of answer: [UInt8]) -> Int? {
    let line = answer.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
    let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    guard words.count >= 2, words[0].hasPrefix("HTTP/1.") else { return nil }
    return Int(words[1])
  }
}
