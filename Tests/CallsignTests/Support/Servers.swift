// SPDX-License-Identifier: Apache-2.0
import Testing

/// Manifests with pods that a test can talk to: a StatefulSet `db` of servers, Services over it, and a pod `client`.
///
/// Servers and clients are small Perl programs, which every Debian has.
enum Servers {
  /// - Parameter site: the test whose folder stands in the servers' command lines, so that none is overlooked.
  static func manifest(_ site: Site, replicas: Int) -> String {
    """
    apiVersion: v1
    kind: Service
    metadata: {name: db}
    spec:
      clusterIP: None
      selector: {app: db}
      ports: [{name: echo, port: 80}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: any}
    spec:
      selector: {app: db}
      ports: [{name: tcp, port: 8080, targetPort: 80}, {name: udp, protocol: UDP, port: 8080, targetPort: 80}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: nobody}
    spec:
      selector: {app: nobody}
      ports: [{port: 80}]
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db}
    spec:
      serviceName: db
      replicas: \(replicas)
      selector: {matchLabels: {app: db}}
      template:
        metadata: {labels: {app: db}}
        spec:
          terminationGracePeriodSeconds: 5
          containers:
            - name: server
              image: host
              command: ["perl", "-MIO::Select", "-MIO::Socket::INET", "-e", "$(SERVER)", "server-of-\(site.root)"]
              env: [{name: SERVER, value: \(quoted(server))}]
              readinessProbe:
                exec: {command: [sh, -c, "test -e /tmp/serves && test ! -e /tmp/unready"]}
                periodSeconds: 1
                failureThreshold: 1
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: client}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: client, image: host, command: [sleep, infinity]}]
    """
  }

  /// Text as a YAML scalar in quotes.
  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }

  /// Answers on TCP and UDP port 80 with the pod's name and a number that is another one after a restart.
  private static let server = """
    $SIG{TERM} = sub { exit };
    chomp(my $name = `uname -n`);
    # Pods start in order: whoever comes before is ready, and so has a name.
    my ($set, $number) = split /-/, $name;
    my $before = "$set-" . ($number - 1) . ".$set";
    $number == 0 or gethostbyname($before) or die "there is no $before";
    my $answer = "$name " . int(rand(1e9)) . "\\n";
    my $tcp = IO::Socket::INET->new(LocalPort => 80, Proto => 'tcp', Listen => 64, ReuseAddr => 1) or die $!;
    my $udp = IO::Socket::INET->new(LocalPort => 80, Proto => 'udp') or die $!;
    $| = 1;
    print "$name serves\n";
    open my $sign, '>', '/tmp/serves' or die $!;
    my $sockets = IO::Select->new($tcp, $udp);
    while (1) {
      for my $socket ($sockets->can_read) {
        if ($socket == $tcp) {
          my $peer = $tcp->accept or next;
          print $peer $answer;
          close $peer;
        } else {
          my $from = $udp->recv(my $question, 512) or next;
          $udp->send($answer, 0, $from);
        }
      }
    }
    """

  /// Asks a server some times, and prints each answer, or how there was none.
  fileprivate static let client = """
    my ($transport, $host, $port, $count) = @ARGV;
    for (1 .. $count) {
      my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => $transport, Timeout => 5);
      if (!$socket) { print $!{ECONNREFUSED} ? "refused\\n" : "error $@\\n"; next; }
      $socket->send("?") if $transport eq 'udp';
      if (!IO::Select->new($socket)->can_read(5)) { print "timeout\\n"; next; }
      defined $socket->recv(my $answer, 512) or do { print $!{ECONNREFUSED} ? "refused\\n" : "error $!\\n"; next; };
      print $answer;
    }
    """
}

extension Site {
  /// Runs a cluster with ready servers and a client.
  func servers(
    _ replicas: Int, ending: Up.Ending = .down, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Up) async throws -> Void
  ) async throws {
    let manifest = try write(Servers.manifest(self, replicas: replicas))
    try await up("--runtime", "oci", "-f", manifest, ending: ending, sourceLocation: sourceLocation) { up in
      try await serversAreReady(sourceLocation)
      try await wait("--for=condition=Ready", "pod/client", sourceLocation: sourceLocation)
      try await body(up)
    }
  }

  func serversAreReady(_ sourceLocation: SourceLocation = #_sourceLocation) async throws {
    try await kubectl("rollout", "status", "statefulset/db", "--timeout=60s")
      .succeeded(sourceLocation: sourceLocation)
  }

  /// What a client in the pod `client` is answered: `db-0 12345`, `refused` or `timeout`, once for each time.
  func ask(_ host: String, port: Int, _ transport: String = "tcp", times: Int = 1) async throws -> [String] {
    let program = ["perl", "-MErrno", "-MIO::Select", "-MIO::Socket::INET", "-e", Servers.client]
    return try await Program.run(words(["exec", "client", "--"] + program + [transport, host, "\(port)", "\(times)"]))
      .succeeded().lines
  }

  /// The pods that answer for a Service: each of them is asked within so many times, but for one case in 10^7.
  func answering(_ service: String = "any", _ transport: String = "tcp") async throws -> Set<String> {
    Set(try await ask(service, port: 8080, transport, times: 45).map { String($0.prefix { $0 != " " }) })
  }
}
