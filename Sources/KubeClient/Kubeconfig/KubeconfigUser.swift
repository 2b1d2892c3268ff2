// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import OrderedCollections

/// A user of a kubeconfig file: by what the API server is to know this program.
struct KubeconfigUser {
  private let fields: KubeconfigFields
  private let cluster: KubeconfigFields

  /// - Parameter cluster: what a plugin may be told about.
  init(_ fields: KubeconfigFields, of cluster: KubeconfigFields) {
    self.fields = fields
    self.cluster = cluster
  }

  func credentials(
    clock: some Clock<Duration>, time: @escaping WallTime
  ) throws(ClientConfigurationError) -> any CredentialSource {
    for name in ["auth-provider", "as", "as-uid", "as-groups", "as-user-extra"] where fields.has(name) {
      throw fields.problem(name, Self.refusals[name] ?? Self.impersonation)
    }
    let stored = StoredCredentials(
      token: try token(), login: try login(), certificate: try certificate(), place: fields.file)
    guard let plugin = try plugin() else { return CredentialReader(stored, clock: clock) }
    guard stored.token == nil, stored.login == nil else {
      throw fields.problem("exec", "stands beside a token or a user name; only one of them may be")
    }
    return ExecCredentials(plugin, certificate: stored, clock: clock, time: time)
  }

  private static let impersonation =
    "acting as another user is not supported here: give the credentials of the account itself"
  private static let refusals = [
    "auth-provider": "plugins inside the client were removed from Kubernetes in 1.26, and are not supported: use exec,"
      + " such as \"gke-gcloud-auth-plugin\" or \"kubelogin\""
  ]

  private func token() throws(ClientConfigurationError) -> StoredCredentials.Token? {
    let text = try fields.string("token")
    if let file = try fields.filePath("tokenFile") { return .file(file, fallback: text) }
    return text.map { .text($0) }
  }

  private func login() throws(ClientConfigurationError) -> StoredCredentials.Login? {
    guard let user = try fields.string("username") else {
      guard !fields.has("password") else { throw fields.problem("password", "is there without a username") }
      return nil
    }
    guard !fields.has("token"), !fields.has("tokenFile") else {
      throw fields.problem("username", "stands beside a token; only one of them may be")
    }
    return StoredCredentials.Login(user: user, password: try fields.string("password") ?? "")
  }

  private func certificate() throws(ClientConfigurationError) -> StoredCredentials.Certificate? {
    let certificate = try part("client-certificate")
    let key = try part("client-key")
    switch (certificate, key) {
    case (nil, nil): return nil
    case (let certificate?, let key?): return StoredCredentials.Certificate(certificates: certificate, key: key)
    case (_?, nil):
      throw fields.problem(written("client-certificate"), "has no key: give client-key or client-key-data")
    case (nil, _?):
      throw fields.problem(
        written("client-key"), "has no certificate: give client-certificate or client-certificate-data")
    }
  }

  /// The member that is there.
  private func written(_ name: String) -> String { fields.has(name) ? name : "\(name)-data" }

  private func part(_ name: String) throws(ClientConfigurationError) -> StoredCredentials.Part? {
    let data = try fields.data("\(name)-data")
    let file = try fields.filePath(name)
    if data != nil, file != nil {
      throw fields.problem(name, "is there beside \(name)-data; only one of them may be")
    }
    if let data { return .octets(data) }
    guard let file else { return nil }
    guard Files.exists(file) else { throw fields.problem(name, "there is no file \(file)") }
    return .file(file)
  }

  private func plugin() throws(ClientConfigurationError) -> ExecPlugin? {
    guard fields.has("exec") else { return nil }
    let exec = try fields.object("exec")
    let command = try exec.required("command", "the program that gives credentials")
    let version = try exec.required("apiVersion", "client.authentication.k8s.io/v1")
    guard let version = ExecPlugin.Version(rawValue: version) else {
      let known = ExecPlugin.Version.allCases.map(\.rawValue).joined(separator: " and ")
      throw exec.problem("apiVersion", "\"\(version)\" is not known; \(known) are: update the plugin")
    }
    var environment: [String: String] = [:]
    for variable in try exec.objects("env") {
      environment[try variable.required("name", "of the variable")] = try variable.string("value") ?? ""
    }
    let mode = try exec.string("interactiveMode")
    switch mode {
    case nil where version == .v1:
      throw exec.problem(nil, "\"interactiveMode\" is missing: Never or IfAvailable")
    case nil, "Never", "IfAvailable": break
    case "Always":
      throw exec.problem(
        "interactiveMode",
        "the plugin wants to ask a person (Always), and there is none here: use an account of a program")
    default: throw exec.problem("interactiveMode", "\"\(mode ?? "")\": Never, IfAvailable and Always are known")
    }
    return ExecPlugin(
      command: command.contains("/") ? exec.resolved(command) : command, arguments: try exec.strings("args"),
      environment: environment, version: version, installHint: try exec.string("installHint") ?? "",
      cluster: try exec.bool("provideClusterInfo") ? try clusterInformation() : nil)
  }

  /// What a plugin is told about the cluster (`spec.cluster` of an ExecCredential).
  private func clusterInformation() throws(ClientConfigurationError) -> JSONValue {
    var information: JSONValue = .object([:])
    information["server"] = .string(try KubeconfigSet.server(of: cluster).description)
    for name in ["tls-server-name", "proxy-url"] {
      if let text = try cluster.string(name) { information[name] = .string(text) }
    }
    switch try KubeconfigSet.trust(of: cluster) {
    case .anything: information["insecure-skip-tls-verify"] = true
    case .authorities(let pem): information["certificate-authority-data"] = .string(Base64.encode(pem))
    case .file(let path):
      guard let pem = try? Files.read(path, limit: ServerTrust.maximumFile) else {
        throw cluster.problem("certificate-authority", "the file \(path) cannot be read")
      }
      information["certificate-authority-data"] = .string(Base64.encode(pem))
    case .system: break
    }
    for entry in try cluster.objects("extensions")
    where try entry.string("name") == "client.authentication.k8s.io/exec" {
      information["config"] = entry.value["extension"]
    }
    return information
  }
}
