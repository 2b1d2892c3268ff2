// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// What happened to a pod, or is wanted of it.
enum PodEvent: Sendable {
  case sandboxReady(address: String)
  case sandboxFailed(message: String)
  case started(name: String, attempt: Int, at: Timestamp)
  /// - Parameter retries: false where trying again cannot help.
  case startFailed(name: String, attempt: Int, reason: String, message: String, retries: Bool)
  case ended(name: String, ContainerState.End)
  case probed(name: String, attempt: Int, kind: Probe.Kind, isSuccess: Bool, message: String)
  /// The pod is to go. A later wish with less time takes the place of an earlier one.
  case deletionRequested(grace: Duration)
  /// Everything of the pod is gone from the machine.
  case removed
  case removalFailed(message: String)
  /// ConfigMaps, Secrets or PersistentVolumeClaims have changed.
  case configurationChanged
  /// Time has passed.
  case tick
}

/// What has to be done. Each is done once; what comes of it is an event.
enum PodAction: Sendable, Hashable {
  case makeSandbox
  case start(name: String, attempt: Int)
  /// Pre-stop hook, then SIGTERM.
  case stop(name: String, attempt: Int, grace: Duration)
  case kill(name: String, attempt: Int)
  case probe(name: String, attempt: Int, kind: Probe.Kind)
  /// Network, namespaces and files go.
  case remove
  /// The object goes from the store.
  case finish
  case report(isWarning: Bool, reason: String, message: String, container: String?)
}
