// SPDX-License-Identifier: Apache-2.0
import KubeModel

/// The fields that are read of each message. Their order is what `FactsReader` goes by.
enum ReadFields {
  static let objectMetadata = MessageFields([("metadata", Field.metadata.number, .single)])
  static let metadata = MessageFields(.objectMeta, "name", "namespace", "resourceVersion")
  static let metadataWithMaps = MessageFields(
    .objectMeta, "name", "namespace", "resourceVersion", "labels", "annotations")

  static let spec = MessageFields(.service, "spec")
  static let service = MessageFields(
    .serviceSpec, "ports", "clusterIP", "clusterIPs", "type", "externalName", "publishNotReadyAddresses")
  static let servicePort = MessageFields(.servicePort, "name", "protocol", "port")

  static let slice = MessageFields(.endpointSlice, "metadata", "endpoints", "ports")
  static let endpointsOfSlice = MessageFields(.endpointSlice, "endpoints")
  static let slicePort = MessageFields(.endpointPort, "name", "protocol", "port")
  static let endpoint = MessageFields(.endpoint, "addresses", "conditions", "hostname")
  static let conditions = MessageFields(.endpointConditions, "ready")

  static let pod = MessageFields(.pod, "spec", "status")
  static let podSpec = MessageFields(.podSpec, "hostname", "subdomain", "hostNetwork")
  static let podStatus = MessageFields(.podStatus, "phase", "podIP", "podIPs")
  static let podIP = MessageFields(.podIP, "ip")

  static let statefulSpec = MessageFields(.statefulSet, "spec")
  static let statefulSet = MessageFields(.statefulSetSpec, "replicas", "serviceName", "ordinals")
  static let ordinals = MessageFields(.statefulSetOrdinals, "start")

  static let listMetadata = MessageFields(.listMeta, "resourceVersion", "continue")
  /// `meta/v1 WatchEvent`.
  static let event = MessageFields([("type", 1, .single), ("object", 2, .single)])
  /// `meta/v1 Status`.
  static let status = MessageFields(.status, "message", "reason", "details", "code")
  static let statusDetails = MessageFields(.statusDetails, "retryAfterSeconds")

  static let serviceName = Array(EndpointSlice.serviceNameLabel.utf8)
  static let headless = Array(EndpointSlice.headlessLabel.utf8)
  static let managedBy = Array(EndpointSlice.managedByLabel.utf8)
  /// Who writes the slices of Services with a selector.
  static let controller = Array(EndpointSlice.controller.utf8)
  static let triggerTime = Array(EndpointSlice.triggerTimeAnnotation.utf8)
  static let initialEnd = Array(ObjectMeta.initialEventsEndAnnotation.utf8)
  static let yes = Array("true".utf8)
}
