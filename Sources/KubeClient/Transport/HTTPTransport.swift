// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix

/// Requests to a real API server: HTTP/2 over TLS where the server has it, else HTTP/1.1.
///
/// Requests share HTTP/2 connections, each up to ``TransportSettings/maximumExchanges``. One that the server ends
/// (GOAWAY), that breaks or whose peer falls silent is replaced with the next request; requests on it end with an
/// error, and their reader asks again. Redirects are not followed: credentials are for this server.
package final class HTTPTransport: APITransport {
  private let configuration: ClientConfiguration
  private let settings: TransportSettings
  private let connector: Connector
  private let pool: ConnectionPool
  private let failure: FailureText

  /// Opens no connection yet.
  /// - Throws: where the environment's proxy cannot be read.
  package init(
    _ configuration: ClientConfiguration, settings: TransportSettings = TransportSettings(),
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) throws(ClientConfigurationError) {
    let proxy: Proxy?
    do {
      proxy = try configuration.proxy.proxy(for: configuration.server, value: ChildProcess.environmentValue)
    } catch {
      throw ClientConfigurationError("the proxy set by HTTPS_PROXY or HTTP_PROXY cannot be used: \(error)")
    }
    self.configuration = configuration
    self.settings = settings
    connector = Connector(
      server: configuration.server, serverName: configuration.serverName, trust: configuration.trust, proxy: proxy,
      settings: settings, group: group)
    pool = ConnectionPool(connector, settings: settings)
    failure = FailureText(server: configuration.server, proxy: proxy, settings: settings)
  }

  /// Ends all requests and connections.
  package func close() async { await pool.close() }

  package func get(_ request: APIRequest) async throws(APITransportError) -> APIResponse {
    let credentials: Credentials
    do { credentials = try await configuration.credentials.credentials() } catch { throw noCredentials(error) }
    let response = try await send(request, credentials)
    guard response.status == 401 else { return response }
    let others: Credentials?
    do {
      others = try await configuration.credentials.credentials(after: credentials)
    } catch {
      throw noCredentials(error)
    }
    guard let others else { return response }
    return try await send(request, others)
  }

  private func noCredentials(_ error: CredentialError) -> APITransportError {
    APITransportError("no credentials for \(configuration.server)", cause: error.message)
  }

  /// A request that meets a connection of the past which has ended meanwhile is sent once more, over a new one: a GET
  /// does no harm twice.
  private func send(_ request: APIRequest, _ credentials: Credentials) async throws(APITransportError) -> APIResponse {
    let head = head(of: request, credentials)
    var isRetried = false
    while true {
      let connection: Connection
      let isFresh: Bool
      do { (connection, isFresh) = try await pool.connection(identity: credentials.identity) } catch {
        throw failure.connecting(error)
      }
      let sent = connection.send(head, timeout: TimeAmount(settings.answerTimeout)) { [pool] isReusable in
        if isReusable { pool.giveBack(connection, identity: credentials.identity) } else { connection.retireIfHTTP1() }
      }
      do {
        let answer = try await sent.answer.cancellableValue(onCancel: sent.cancel)
        return response(answer, to: request, over: connection)
      } catch {
        let isLost = if case ExchangeError.timedOut = error { false } else { !(error is CancellationError) }
        if isLost, !isFresh, !isRetried {
          isRetried = true
          connection.retire()
          continue
        }
        throw failure.exchanging(request.path, error, connectionError: connection.error, inBody: false)
      }
    }
  }

  private func head(of request: APIRequest, _ credentials: Credentials) -> HTTPRequestHead {
    var target = configuration.server.pathPrefix + PercentText.path(request.path)
    for (index, parameter) in request.query.enumerated() {
      target += index == 0 ? "?" : "&"
      target += "\(PercentText.query(parameter.name))=\(PercentText.query(parameter.value))"
    }
    var fields = HTTPHeaders()
    fields.add(name: "Host", value: configuration.server.authority)
    fields.add(name: "User-Agent", value: settings.userAgent)
    if !request.accept.isEmpty { fields.add(name: "Accept", value: request.accept.joined(separator: ", ")) }
    if let authorization = credentials.authorization { fields.add(name: "Authorization", value: authorization) }
    if connector.isForwarded {
      target = "http://\(configuration.server.authority)\(target)"
      if let authorization = connector.proxy?.authorization {
        fields.add(name: "Proxy-Authorization", value: authorization)
      }
    }
    return HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: fields)
  }

  private func response(
    _ answer: ExchangeHandler.Answer, to request: APIRequest, over connection: Connection
  ) -> APIResponse {
    let fields = answer.head.headers
    let seconds = fields.first(name: "Retry-After").flatMap { Int($0) }
    return APIResponse(
      status: Int(answer.head.status.code), contentType: fields.first(name: "Content-Type") ?? "",
      retryAfter: seconds.map { .seconds(max($0, 0)) },
      body: ResponseBody(base: answer.body) { [failure] error in
        failure.exchanging(request.path, error, connectionError: connection.error, inBody: true)
      })
  }
}
