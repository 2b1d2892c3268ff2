// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import KubeClient

@Suite("Kubeconfig files") struct KubeconfigTests {
  /// A file with one cluster, user and context.
  private static func text(
    cluster: String = "server: https://api.test:6443", user: String = "token: abc", context: String = "namespace: shop",
    current: String = "current-context: one"
  ) -> String {
    func indented(_ text: String) -> String { text.replacing("\n", with: "\n    ") }
    return """
      apiVersion: v1
      kind: Config
      preferences: {colors: true}
      \(current)
      clusters:
      - name: c
        cluster:
          \(indented(cluster))
      users:
      - name: u
        user:
          \(indented(user))
      contexts:
      - name: one
        context:
          cluster: c
          user: u
          \(indented(context))

      """
  }

  private static func configuration(_ text: String, context: String? = nil) async throws -> ClientConfiguration {
    try await TestFolder.with { folder in
      let path = try folder.write(text, to: "config")
      do {
        return try KubeconfigSet(path: path).configuration(context: context)
      } catch var error as ClientConfigurationError {
        error.file = error.file == path ? "FILE" : error.file
        error.message = error.message.replacing(folder.path, with: "FOLDER")
        throw error
      }
    }
  }

  @Test("A cluster, a user and a context") func simple() async throws {
    let configuration = try await Self.configuration(
      Self.text(
        cluster: "server: https://api.test:6443\ntls-server-name: other.test\nproxy-url: socks5://p:1080\nunknown: 1"))
    #expect(configuration.server.description == "https://api.test:6443")
    #expect(configuration.serverName == "other.test")
    #expect(configuration.proxy == .proxy(try Proxy("socks5://p:1080")))
    #expect(configuration.trust == .system)
    #expect(configuration.namespace == "shop")
    #expect(try await configuration.credentials.credentials() == Credentials(token: "abc"))
  }

  @Test("JSON is read too") func json() async throws {
    let configuration = try await Self.configuration(
      #"{"clusters":[{"name":"c","cluster":{"server":"http://a"}}],"users":[],"#
        + #""contexts":[{"name":"x","context":{"cluster":"c"}}]}"#,
      context: "x")
    #expect(configuration.server.description == "http://a:80")
    #expect(configuration.namespace == "default")
    #expect(try await configuration.credentials.credentials() == Credentials())
  }

  @Test(
    "An address without a scheme is https where certificates are spoken of",
    arguments: [
      ("server: a:6443", "http://a:6443"), ("server: a:6443\ninsecure-skip-tls-verify: true", "https://a:6443"),
    ]) func scheme(cluster: String, url: String) async throws
  {
    #expect(try await Self.configuration(Self.text(cluster: cluster)).server.description == url)
  }

  @Test("Paths count from the file's folder; user and password") func files() async throws {
    try await TestFolder.with { folder in
      try folder.write("CA", to: "pki/ca.crt")
      try folder.write("CERT", to: "pki/me.crt")
      let key = try folder.write("KEY", to: "me.key")
      let path = try folder.write(
        Self.text(
          cluster: "server: https://a\ncertificate-authority: pki/ca.crt",
          user: "username: me\npassword: 'pa:ss'\nclient-certificate: ./pki/me.crt\nclient-key: \(key)"),
        to: "config")
      let configuration = try KubeconfigSet(path: path).configuration()
      #expect(configuration.trust == .file("\(folder.path)/pki/ca.crt"))
      let identity = ClientIdentity(certificates: Array("CERT".utf8), key: Array("KEY".utf8))
      let expected = Credentials(authorization: "Basic bWU6cGE6c3M=", identity: identity)
      #expect(try await configuration.credentials.credentials() == expected)
    }
  }

  @Test("Data stands in the file itself") func data() async throws {
    let pem = try TestAuthority().pem
    let configuration = try await Self.configuration(
      Self.text(
        cluster: "server: https://a\ncertificate-authority-data: \(Base64.encode(Array(pem.utf8)))",
        user: "client-certificate-data: \(Base64.encode(Array("C".utf8)))\n"
          + "client-key-data: \(Base64.encode(Array("K".utf8)))"))
    #expect(configuration.trust == .authorities(Array(pem.utf8)))
    let identity = ClientIdentity(certificates: Array("C".utf8), key: Array("K".utf8))
    #expect(try await configuration.credentials.credentials() == Credentials(identity: identity))
  }

  @Test("Several files: the first that says a thing counts, an entry comes from one file whole") func merged()
    async throws
  {
    try await TestFolder.with { folder in
      let first = try folder.write(
        "clusters: [{name: c, cluster: {server: 'https://first'}}]\nusers: [{name: other, user: {token: x}}]", to: "a/1"
      )
      let second = try folder.write(
        Self.text(cluster: "server: https://second\ntls-server-name: second", user: "tokenFile: token"), to: "b/2")
      try folder.write("from-b", to: "b/token")
      let list = [first, "\(folder.path)/missing", "", second, first].joined(separator: ":")
      let config = try KubeconfigSet { ["KUBECONFIG": list, "HOME": folder.path][$0] }
      #expect(config.files == [first, second])
      let configuration = try config.configuration()
      #expect(configuration.server.host == "first")
      #expect(configuration.serverName == nil, "nothing of the second file's cluster")
      #expect(try await configuration.credentials.credentials() == Credentials(token: "from-b"))
      #expect(configuration.origin == "context \"one\" of \(first):\(second)")
    }
  }

  @Test("Without KUBECONFIG, the file in the home folder") func home() async throws {
    try await TestFolder.with { folder in
      #expect(throws: ClientConfigurationError.self) { try KubeconfigSet { ["HOME": folder.path][$0] } }
      try folder.write(Self.text(), to: ".kube/config")
      let set = try KubeconfigSet { ["HOME": folder.path, "KUBECONFIG": ""][$0] }
      #expect(try set.configuration().server.host == "api.test")
      let error = #expect(throws: ClientConfigurationError.self) {
        try KubeconfigSet { ["KUBECONFIG": "/none:/nowhere"][$0] }
      }
      #expect(error?.description == "none of the files that KUBECONFIG names is there: /none:/nowhere")
      #expect(throws: ClientConfigurationError.self) { try KubeconfigSet { _ in nil } }
    }
  }

  @Test(
    "Mistakes name file, line and what to do",
    arguments: [
      (text(cluster: "x: y"), "FILE:7: clusters[0].cluster: \"server\" is missing: the API server's URL"),
      (
        text(cluster: "server: [a]"),
        "FILE:8: clusters[0].cluster.server: expected a string, found an array; put it in quotes"
      ),
      (
        text(cluster: "server: ftp://a"),
        "FILE:8: clusters[0].cluster.server: \"ftp://a\": \"ftp\" is no scheme of an API server: https or http is"
      ),
      (
        text(cluster: "server: https://a\nproxy-url: gopher://p"),
        "FILE:9: clusters[0].cluster.proxy-url: \"gopher://p\": \"gopher\" is no scheme of a proxy: http, https and socks5 are"
      ),
      (
        text(cluster: "server: https://a\ncertificate-authority: missing.crt"),
        "FILE:9: clusters[0].cluster.certificate-authority: there is no file FOLDER/missing.crt"
      ),
      (
        text(cluster: "server: https://a\ncertificate-authority-data: '%'"),
        "FILE:9: clusters[0].cluster.certificate-authority-data: is not base64"
      ),
      (
        text(cluster: "server: https://a\ncertificate-authority-data: QUJD"),
        "FILE:9: clusters[0].cluster.certificate-authority-data: is no certificate in PEM (and then base64)"
      ),
      (
        text(cluster: "server: https://a\ncertificate-authority-data: QUJD\ncertificate-authority: x"),
        "FILE:10: clusters[0].cluster.certificate-authority: is there beside certificate-authority-data; only one of them may be"
      ),
      (
        text(cluster: "server: https://a\ninsecure-skip-tls-verify: maybe"),
        "FILE:9: clusters[0].cluster.insecure-skip-tls-verify: expected true or false, found a string"
      ),
      (
        text(user: "token: 12345"),
        "FILE:12: users[0].user.token: expected a string, found an integer; put it in quotes"
      ),
      (
        text(user: "token: a\nusername: b"),
        "FILE:13: users[0].user.username: stands beside a token; only one of them may be"
      ),
      (text(user: "password: b"), "FILE:12: users[0].user.password: is there without a username"),
      (
        text(user: "client-certificate-data: QUJD"),
        "FILE:12: users[0].user.client-certificate-data: has no key: give client-key or client-key-data"
      ),
      (
        text(user: "as: admin"),
        "FILE:12: users[0].user.as: acting as another user is not supported here: give the credentials of the account itself"
      ),
      (
        text(user: "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}"),
        "FILE:12: users[0].user.exec.apiVersion: \"client.authentication.k8s.io/v1alpha1\" is not known; "
          + "client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1 are: update the plugin"
      ),
      (
        text(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: x}"),
        "FILE:12: users[0].user.exec: \"interactiveMode\" is missing: Never or IfAvailable"
      ),
      (
        text(user: "exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}"),
        "FILE:12: users[0].user.exec.interactiveMode: the plugin wants to ask a person (Always), and there is none "
          + "here: use an account of a program"
      ),
      (text(context: "cluster: d"), "FILE:16: the key \"cluster\" occurs twice in one mapping"),
      (
        text(current: "current-context: two"), "FILE: there is no context \"two\"; contexts: \"one\""
      ),
      (
        text(current: "current-context: ''"),
        "FILE: no context is chosen: current-context is empty, and none is asked for; contexts: \"one\""
      ),
      ("kind: Pod", "FILE:1: kind: expected Config, found Pod: this is no kubeconfig file"),
      ("- a", "FILE:1: expected clusters, users and contexts, found an array"),
      ("clusters:\n- cluster: {}", "FILE:2: clusters[0]: \"name\" is missing: each of the clusters has one"),
      ("clusters:\n- name: a\n- name: a", "FILE:3: clusters[1].name: \"a\" is there twice"),
      ("clusters:\n\t- name: a", "FILE:2: a tab indents this line; YAML takes spaces only"),
    ])
  func mistakes(text: String, message: String) async throws {
    let error = await #expect(throws: ClientConfigurationError.self) { try await Self.configuration(text) }
    #expect(error?.description == message)
  }

  @Test("auth-provider is refused, and what to use instead is said") func authProvider() async throws {
    let error = await #expect(throws: ClientConfigurationError.self) {
      try await Self.configuration(Self.text(user: "auth-provider: {name: gcp}"))
    }
    #expect(error?.line == 12)
    #expect(error?.message.hasPrefix("users[0].user.auth-provider: plugins inside the client were removed") == true)
  }
}
