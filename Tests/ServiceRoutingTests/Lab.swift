// SPDX-License-Identifier: Apache-2.0
import LinuxSystem
@testable import ServiceRouting
import Subprocess
import Testing

/// A node with pods in network namespaces of their own, wired as the pod runtime wires them: routed veth pairs, pod
/// addresses /32, default route via 10.244.0.1.
///
/// Servers and clients are small Perl programs, which every Debian has.
final class Lab {
  /// Whether this process may make network namespaces and set rules in them (CAP_NET_ADMIN, CAP_SYS_ADMIN).
  static let isPermitted: Bool = {
    let status = (try? Files.readText("/proc/self/status")) ?? ""
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
      let rights = UInt64(line.split(separator: "\t").last ?? "", radix: 16)
    else { return false }
    return [12, 21].allSatisfy { rights >> $0 & 1 == 1 }
  }()
  static let requirement: Comment = "needs root's rights, for network namespaces of its own"

  /// The program that was built beside the tests, for its hidden subcommand.
  private static let callsign = Files.parent(of: ChildProcess.executable) + "/callsign"

  let node: String
  private var namespaces: [String] = []
  /// Process numbers.
  private var servers: [String] = []

  private init() {
    node = "callsign-test-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
  }

  /// A node with pods at 10.244.0.`host` for each of `pods`, for as long as `body` runs.
  static func with(pods: [Int] = [], _ body: (Lab) async throws -> Void) async throws {
    let lab = Lab()
    do {
      try await lab.setUp()
      for host in pods { try await lab.addPod(host) }
      try await body(lab)
    } catch {
      await lab.tearDown()
      throw error
    }
    await lab.tearDown()
  }

  private func setUp() async throws {
    try await addNamespace(node)
    try await Self.run(
      """
      ip netns exec \(node) sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward
      echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects'
      ip -n \(node) addr add 10.244.0.1/32 dev lo
      ip -n \(node) route add local 10.96.0.0/12 dev lo src 10.244.0.1
      """)
  }

  private func addNamespace(_ name: String) async throws {
    namespaces.append(name)
    try await Self.run("ip netns add \(name) && ip -n \(name) link set lo up")
  }

  private func tearDown() async {
    for server in servers { try? await Self.run("kill \(server)") }
    for name in namespaces.reversed() { try? await Self.run("ip netns del \(name)") }
  }

  /// The namespace of the pod at 10.244.0.`host`.
  func pod(_ host: Int) -> String { "\(node)-\(host)" }

  /// Adds a pod at 10.244.0.`host` with a server that answers on TCP and UDP port 8080 with the pod's number and the
  /// client's address.
  private func addPod(_ host: Int) async throws {
    let pod = pod(host)
    try await addNamespace(pod)
    try await Self.run(
      """
      ip link add v\(host) netns \(node) type veth peer name eth0 netns \(pod)
      ip -n \(node) addr add 10.244.0.1/32 dev v\(host)
      ip -n \(node) link set v\(host) up
      ip -n \(node) route add 10.244.0.\(host)/32 dev v\(host)
      ip -n \(pod) addr add 10.244.0.\(host)/32 dev eth0
      ip -n \(pod) link set eth0 up
      ip -n \(pod) route add 10.244.0.1/32 dev eth0
      ip -n \(pod) route add default via 10.244.0.1
      """)
    servers.append(try await Self.run(["ip", "netns", "exec", pod, "perl", "-e", Self.server, String(host)]))
  }

  /// What `count` exchanges with a server give, each `pod client-address`, `refused` or `timeout`.
  /// - Parameters:
  ///   - place: a namespace.
  ///   - localPort: the client's port; 0 for any.
  static func exchange(
    _ transport: String, _ address: String, _ port: Int, count: Int = 1, from place: String, localPort: Int = 0
  ) async throws -> [String] {
    let arguments = [transport, address, "\(port)", "\(count)", "\(localPort)"]
    return try await Self.run(["ip", "netns", "exec", place, "perl", "-e", client] + arguments)
      .split(separator: "\n").map(String.init)
  }

  /// Carries a change out in the node's namespace, as the program does.
  /// - Parameter movesFlows: false leaves the flows of endpoints that are gone to the rules.
  func apply(_ change: RoutingChange, movesFlows: Bool = true) async throws {
    if !change.script.isEmpty { try await nft(change.script) }
    if let flows = change.rightFlows, movesFlows {
      let survey = ["ip", "netns", "exec", node, Self.callsign, FlowSurvey.subcommand]
      let departure = RoutingChange.departure(of: try await Self.run(survey, input: flows.joined(separator: "\n")))
      if !departure.isEmpty { try await nft(departure) }
    }
    if !change.closing.isEmpty { try await nft(change.closing) }
  }

  /// Gives a script to nft in the node's namespace.
  func nft(_ script: String) async throws {
    try await Self.run(["ip", "netns", "exec", node, "nft", "-f", "-"], input: script)
  }

  /// What our table of a family holds, in an order that does not depend on how it came about.
  func listing(family: String) async throws -> [String] {
    let text = try await Self.run(["ip", "netns", "exec", node, "nft", "list", "table", family, "callsign"])
    let blocks = text.split(separator: "\n\t}\n").map { block in
      let words = block.split { " ,\n\t".contains($0) }.map(String.init)
      let name = words.drop { $0 != "chain" && $0 != "set" && $0 != "map" }.prefix(2).joined(separator: " ")
      // Rules have an order, elements of sets have none.
      return name.hasPrefix("chain") ? words.joined(separator: " ") : words.sorted().joined(separator: " ")
    }
    return blocks.sorted()
  }

  // MARK: Programs

  private static let server = """
    use IO::Socket::INET; use IO::Select; $| = 1;
    my $tcp = IO::Socket::INET->new(LocalPort => 8080, Proto => 'tcp', Listen => 128, ReuseAddr => 1) or die $!;
    my $udp = IO::Socket::INET->new(LocalPort => 8080, Proto => 'udp') or die $!;
    # Who started this reads until the last copy of the output is closed.
    if (my $child = fork) { print $child; exit; }
    open $_, '+<', '/dev/null' for *STDIN, *STDOUT, *STDERR;
    my $set = IO::Select->new($tcp, $udp);
    while (1) {
      for my $socket ($set->can_read) {
        if ($socket == $tcp) {
          my $peer = $tcp->accept or next;
          print $peer "$ARGV[0] " . $peer->peerhost . "\\n";
          close $peer;
        } else {
          my $from = $udp->recv(my $data, 512) or next;
          my ($port, $host) = sockaddr_in($from);
          $udp->send("$ARGV[0] " . inet_ntoa($host) . "\\n", 0, $from);
        }
      }
    }
    """

  private static let client = """
    use IO::Socket::INET; use IO::Select; $| = 1;
    my ($transport, $host, $port, $count, $local) = @ARGV;
    for (1 .. $count) {
      my $socket = IO::Socket::INET->new(
        PeerAddr => $host, PeerPort => $port, LocalPort => $local, Proto => $transport, Timeout => 3);
      if (!$socket) { print $!{ECONNREFUSED} ? "refused\\n" : "timeout\\n"; next; }
      $socket->send("?") if $transport eq 'udp';
      if (!IO::Select->new($socket)->can_read(1)) { print "timeout\\n"; next; }
      my $answer = '';
      defined $socket->recv($answer, 512) or do { print $!{ECONNREFUSED} ? "refused\\n" : "error $!\\n"; next; };
      print $answer;
    }
    """

  // MARK: Processes

  private static func run(_ script: String) async throws {
    try await Self.run(["sh", "-ec", script])
  }

  @discardableResult
  private static func run(_ arguments: [String], input: String = "") async throws -> String {
    let result = try await Subprocess.run(
      .name(arguments[0]), arguments: Arguments(Array(arguments.dropFirst())), input: .string(input),
      output: .string(limit: 1 << 22), error: .string(limit: 1 << 16))
    guard result.terminationStatus.isSuccess else {
      throw LabError(command: arguments.joined(separator: " "), message: result.standardError)
    }
    return result.standardOutput
  }
}

struct LabError: Error {
  var command: String
  var message: String
}
