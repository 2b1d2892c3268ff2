// SPDX-License-Identifier: Apache-2.0
import DNSWire
import KubeModel
import LinuxSystem
import OrderedCollections

extension KubeconfigSet {
  /// The way to the cluster of a context, with the credentials of its user.
  /// - Parameters:
  ///   - context: the current one where none is asked for.
  ///   - clock: by which tokens and certificates are read again.
  package func configuration(
    context asked: String? = nil, clock: some Clock<Duration> = ContinuousClock(), time: @escaping WallTime = systemTime
  ) throws(ClientConfigurationError) -> ClientConfiguration {
    let name = try contextName(asked)
    guard let context = contexts[name] else {
      throw ClientConfigurationError(
        file: place, "there is no context \"\(name)\"\(Self.choice(of: "contexts", contexts.keys))")
    }
    let clusterName = try context.required("cluster", "which of the clusters the context is about")
    guard let cluster = clusters[clusterName] else {
      throw context.problem(
        "cluster", "there is no cluster \"\(clusterName)\"\(Self.choice(of: "clusters", clusters.keys))")
    }
    let server = try Self.server(of: cluster)
    let credentials: any CredentialSource
    if let userName = try context.string("user") {
      guard let user = users[userName] else {
        throw context.problem("user", "there is no user \"\(userName)\"\(Self.choice(of: "users", users.keys))")
      }
      credentials = try KubeconfigUser(user, of: cluster).credentials(clock: clock, time: time)
    } else {
      credentials = FixedCredentials()
    }
    return ClientConfiguration(
      server: server, trust: try Self.trust(of: cluster), serverName: try Self.serverName(of: cluster),
      proxy: try Self.proxy(of: cluster), credentials: credentials,
      namespace: try context.string("namespace") ?? "default", origin: "context \"\(name)\" of \(place)")
  }

  /// The files, for messages.
  private var place: String { files.joined(separator: ":") }

  private func contextName(_ asked: String?) throws(ClientConfigurationError) -> String {
    if let asked { return asked }
    if let currentContext { return currentContext }
    throw ClientConfigurationError(
      file: place,
      "no context is chosen: current-context is empty, and none is asked for"
        + Self.choice(of: "contexts", contexts.keys)
    )
  }

  private static func choice(of what: String, _ names: OrderedSet<String>) -> String {
    let shown = names.prefix(10).map { "\"\($0)\"" }.joined(separator: ", ")
    return names.isEmpty ? "; there are no \(what)" : "; \(what): \(shown)\(names.count > 10 ? ", …" : "")"
  }

  static func server(of cluster: KubeconfigFields) throws(ClientConfigurationError) -> ServerURL {
    let text = try cluster.required("server", "the API server's URL")
    // As client-go: without a scheme, what is said of certificates tells.
    let isTLS = ["certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify"].contains {
      cluster.has($0)
    }
    do { return try ServerURL(text, isTLSByDefault: isTLS) } catch { throw cluster.problem("server", "\(error)") }
  }

  static func trust(of cluster: KubeconfigFields) throws(ClientConfigurationError) -> ServerTrust {
    let data = try cluster.data("certificate-authority-data")
    let file = try cluster.filePath("certificate-authority")
    let isInsecure = try cluster.bool("insecure-skip-tls-verify")
    if data != nil, file != nil {
      throw cluster.problem(
        "certificate-authority", "is there beside certificate-authority-data; only one of them may be")
    }
    if isInsecure, data != nil || file != nil {
      throw cluster.problem(
        "insecure-skip-tls-verify", "is true, and authorities are given too; take one of them away")
    }
    if isInsecure { return .anything }
    if let data {
      guard data.starts(with: "-----BEGIN".utf8) || String(decoding: data, as: UTF8.self).contains("-----BEGIN") else {
        throw cluster.problem("certificate-authority-data", "is no certificate in PEM (and then base64)")
      }
      return .authorities(data)
    }
    guard let file else { return .system }
    guard Files.exists(file) else { throw cluster.problem("certificate-authority", "there is no file \(file)") }
    return .file(file)
  }

  static func serverName(of cluster: KubeconfigFields) throws(ClientConfigurationError) -> String? {
    guard let name = try cluster.string("tls-server-name") else { return nil }
    guard let endpoint = HostPort(name.contains(":") ? "[\(name)]" : name, port: 0), endpoint.port == 0 else {
      throw cluster.problem("tls-server-name", "\"\(name)\" is neither a host name nor an address")
    }
    return name
  }

  static func proxy(of cluster: KubeconfigFields) throws(ClientConfigurationError) -> ProxyChoice {
    guard let text = try cluster.string("proxy-url") else { return .environment }
    do { return .proxy(try Proxy(text)) } catch { throw cluster.problem("proxy-url", "\(error)") }
  }
}
