// SPDX-License-Identifier: Apache-2.0
import DNSConfiguration
import Foundation
import KubeClient
import KubeModel
import LinuxSystem
import Logging
import Manifests
import Naming

/// Where the names of `callsign dns` come from.
enum NameSource: Sendable {
  case manifests(ManifestSource, paths: [String])
  case cluster(ClusterConnection)

  /// - Throws: where neither is given, or the way to the cluster cannot be found.
  init(_ settings: DNSConfiguration) throws {
    if !settings.objects.isEmpty {
      self = .manifests(ManifestSource(paths: settings.objects), paths: settings.objects)
    } else if settings.kubernetes.isWanted || ClientConfiguration.isInCluster() {
      do throws(ClientConfigurationError) { self = .cluster(try ClusterConnection(settings.kubernetes)) } catch {
        throw CommandError("there is no way to the cluster: \(error)")
      }
    } else {
      throw CommandError(
        "there are no objects to serve: name manifests with --objects PATH, or a cluster with "
          + "--kubernetes-kubeconfig PATH")
    }
  }
}

/// A cluster that is followed.
struct ClusterConnection: Sendable {
  let transport: HTTPTransport
  /// The API server's host and port.
  let host: String
  /// What is said of it at the start: the server, and where that was found.
  let description: String

  init(_ settings: KubernetesSettings) throws(ClientConfigurationError) {
    let configuration = try Self.configuration(settings)
    var transportSettings = TransportSettings()
    transportSettings.userAgent = "callsign/\(Version.number)"
    transport = try HTTPTransport(configuration, settings: transportSettings)
    host = configuration.server.authority
    description = "\(configuration.server) (\(configuration.origin))"
  }

  private static func configuration(
    _ settings: KubernetesSettings
  ) throws(ClientConfigurationError) -> ClientConfiguration {
    let isInPod = settings.kubeconfig.isEmpty && ClientConfiguration.isInCluster()
    if settings.kubeconfig == KubernetesSettings.inCluster || isInPod { return try .inCluster() }
    return try KubeconfigSet(path: settings.kubeconfig.isEmpty ? nil : settings.kubeconfig)
      .configuration(context: settings.context.isEmpty ? nil : settings.context)
  }

  /// Reads the file that the settings name, if any, and the credentials that it names. A pod's account is there in the
  /// pod alone.
  static func check(_ settings: KubernetesSettings) async throws {
    if settings.kubeconfig.isEmpty || settings.kubeconfig == KubernetesSettings.inCluster { return }
    let credentials = try configuration(settings).credentials
    // A check does not run other programs.
    if !credentials.runsProgram { _ = try await credentials.credentials() }
  }
}

extension ObjectFilter {
  init(_ settings: KubernetesSettings) {
    // Settings are checked when they are read.
    func selector(_ text: String) -> LabelSelector { (try? LabelSelector(text: text)) ?? LabelSelector() }
    self.init(
      namespaces: settings.namespaces, namespaceSelector: selector(settings.namespaceSelector),
      serviceSelector: selector(settings.serviceSelector))
  }
}

extension ReflectorSettings {
  init(_ settings: KubernetesSettings) {
    self.init()
    namespaces = settings.namespaces
    serviceSelector = settings.serviceSelector
    namespaceSelector = settings.namespaceSelector
    usesWatchList = settings.usesWatchList
    usesProtobuf = settings.usesProtobuf
    checkInterval = .seconds(settings.checkSeconds)
  }
}
