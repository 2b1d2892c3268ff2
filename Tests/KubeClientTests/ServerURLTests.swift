// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KubeClient

@Suite("Addresses of servers and proxies") struct ServerURLTests {
  @Test(
    "What a server's URL means",
    arguments: [
      ("https://10.96.0.1", "https://10.96.0.1:443", "10.96.0.1"),
      ("https://api.example.com:6443/", "https://api.example.com:6443", "api.example.com:6443"),
      ("HTTPS://[fd00::1]:6443/one/two/", "https://[fd00::1]:6443/one/two", "[fd00::1]:6443"),
      ("http://localhost:8080", "http://localhost:8080", "localhost:8080"),
      ("http://[::1]", "http://[::1]:80", "[::1]"), ("10.0.0.1:6443", "http://10.0.0.1:6443", "10.0.0.1:6443"),
    ])
  func url(text: String, shown: String, authority: String) throws {
    let url = try ServerURL(text)
    #expect(url.description == shown)
    #expect(url.authority == authority)
  }

  @Test(
    "What is no server's URL",
    arguments: [
      ("", "expected HOST or HOST:PORT, found \"\""),
      ("ftp://a", "\"ftp\" is no scheme of an API server: https or http is"),
      ("https://a:0", "expected HOST or HOST:PORT, found \"a:0\""),
      ("https://a:65536", "expected HOST or HOST:PORT, found \"a:65536\""),
      ("https://a:6x", "expected HOST or HOST:PORT, found \"a:6x\""),
      ("https://fd00::1", "expected HOST or HOST:PORT, found \"fd00::1\""),
      ("https://[10.0.0.1]", "expected HOST or HOST:PORT, found \"[10.0.0.1]\""),
      ("https://a?b=c", "a server has neither a query (?) nor a fragment (#)"),
      ("https://user:secret@a", "user and password do not belong in it: give them under \"user\""),
    ])
  func noURL(text: String, message: String) {
    let error = #expect(throws: ServerURLProblem.self) { try ServerURL(text) }
    #expect(error?.message == message)
  }

  @Test(
    "Which servers NO_PROXY excepts",
    arguments: [
      ("https://api.example.com", "", false), ("https://api.example.com", "*", true),
      ("https://api.example.com", "example.com", true), ("https://api.example.com", ".example.com", true),
      ("https://api.example.com", "*.example.com", true), ("https://example.com", ".example.com", false),
      ("https://example.com", "example.com", true), ("https://badexample.com", "example.com", false),
      ("https://API.Example.com", "EXAMPLE.com", true), ("https://api.example.com", "other.com, example.com ", true),
      ("https://api.example.com:6443", "example.com:6443", true),
      ("https://api.example.com:6443", "example.com:443", false),
      ("https://10.1.2.3", "10.0.0.0/8", true), ("https://11.1.2.3", "10.0.0.0/8", false),
      ("https://10.1.2.3", "10.1.2.3", true), ("https://10.1.2.3:6443", "10.1.2.3:6443", true),
      ("https://10.1.2.3:6443", "10.1.2.3:443", false), ("https://[fd00::1]", "fd00::/8", true),
      ("https://[fd00::1]:6443", "[fd00::1]:6443", true), ("https://localhost", "", true),
      ("https://127.8.8.8", "", true), ("https://[::1]", "", true),
    ])
  func exceptions(server: String, list: String, isDirect: Bool) throws {
    #expect(ProxyChoice.isDirect(try ServerURL(server), exceptions: list) == isDirect)
  }

  @Test("The proxy of the environment") func environment() throws {
    func proxy(_ server: String, _ variables: [String: String]) throws -> String? {
      try ProxyChoice.environment.proxy(for: ServerURL(server)) { variables[$0] }?.description
    }
    #expect(try proxy("https://a.test", ["HTTPS_PROXY": "http://p:3128"]) == "http://p:3128")
    #expect(try proxy("https://a.test", ["https_proxy": "p:3128", "HTTP_PROXY": "q"]) == "http://p:3128")
    #expect(try proxy("http://a.test", ["HTTPS_PROXY": "p", "http_proxy": "q"]) == "http://q:80")
    #expect(try proxy("https://a.test", ["HTTPS_PROXY": "socks5://u:p@p"]) == "socks5://p:1080")
    #expect(try proxy("https://a.test", ["HTTPS_PROXY": "p", "no_proxy": "test"]) == nil)
    #expect(try proxy("https://a.test", ["HTTPS_PROXY": ""]) == nil)
    #expect(throws: ServerURLProblem.self) { try proxy("https://a.test", ["HTTPS_PROXY": "ftp://p"]) }
    #expect(throws: ServerURLProblem.self) { try proxy("https://a.test", ["HTTPS_PROXY": "http://p:port"]) }
  }

  @Test("User and password of a proxy") func login() throws {
    let proxy = try Proxy("http://me:p%40ss%3A@proxy:3128")
    #expect(proxy.user == "me")
    #expect(proxy.password == "p@ss:")
    #expect(proxy.authorization == "Basic bWU6cEBzczo=")
    #expect(proxy.description == "http://proxy:3128", "no password is shown")
    #expect(throws: ServerURLProblem.self) { try Proxy("http://a%zz@proxy") }
  }

  @Test("A proxy that is spoken TLS with has a name or an address") func proxyWithTLS() throws {
    #expect(try Proxy("https://proxy.test:3128").description == "https://proxy.test:3128")
    #expect(try Proxy("https://me:secret@10.0.0.1").description == "https://10.0.0.1:443")
    #expect(try Proxy("https://[fd00::1]:3128").description == "https://[fd00::1]:3128")
  }

  @Test("No mistake in an address tells the password in it", arguments: [
    "https://human:hunter2@10.0.0.1", "ftp://human:hunter2@10.0.0.1", "https://10.0.0.1?human:hunter2@x",
    "https://human:hun/ter2@10.0.0.1", "human:hunter2@10.0.0.1", "http://human:hunter2@proxy:port", "human:hun://ter2@10.0.0.1",
  ]) func secrets(text: String) {
    for read in [{ (text: String) throws in _ = try ServerURL(text) }, { _ = try Proxy($0) }] {
      do { try read(text) } catch {
        #expect(!"\(error)".contains("human") && !"\(error)".contains("ter2"), "\(error)")
      }
    }
    #expect(throws: ServerURLProblem.self) { try ServerURL(text) }
  }
}
