// SPDX-License-Identifier: Apache-2.0

/// One thing that was found out about a name: what stands in an object, and what it does to the name.
package struct Finding: Sendable, Hashable {
  package enum Weight: String, Sendable {
    /// The name answers as it does because of this.
    case cause
    /// Good to know, and not why.
    case note
  }

  package let code: FindingCode
  package let weight: Weight
  /// The object that it stands in; nil where it is about the name alone.
  package let object: ObjectName?
  /// The field of the object, as manifests write it: `spec.selector.app`. Empty for the object as a whole.
  package let field: String
  /// What is there. Nil for nothing.
  package let found: String?
  /// What would have to be there. Nil where that is not one value.
  package let wanted: String?
  /// A sentence without its full stop; with an object, what follows its name.
  package let text: String
  /// What to change, in the imperative. Empty where there is nothing to change.
  package let remedy: String

  init(
    _ code: FindingCode, weight: Weight = .cause, object: ObjectName? = nil, field: String = "", found: String? = nil,
    wanted: String? = nil, _ text: String, remedy: String = ""
  ) {
    self.code = code
    self.weight = weight
    self.object = object
    self.field = field
    self.found = found
    self.wanted = wanted
    self.text = text
    self.remedy = remedy
  }

  /// The same, with another weight.
  func weighing(_ weight: Weight) -> Finding {
    Finding(code, weight: weight, object: object, field: field, found: found, wanted: wanted, text, remedy: remedy)
  }
}

/// An object in the words of its owner.
package struct ObjectName: Sendable, Hashable, CustomStringConvertible {
  package let kind: String
  /// Empty for kinds without namespaces.
  package let namespace: String
  package let name: String

  package init(_ kind: String, _ namespace: String, _ name: String) {
    self.kind = kind
    self.namespace = namespace
    self.name = name
  }

  /// Of a kind without namespaces.
  package init(_ kind: String, _ name: String) { self.init(kind, "", name) }

  /// `Service default/web`, `Namespace default`.
  package var description: String { namespace.isEmpty ? "\(kind) \(name)" : "\(kind) \(namespace)/\(name)" }
}

/// What kind of thing was found. The words are stable: programs go by them, and `docs/explain.md` says each.
package enum FindingCode: String, Sendable, CaseIterable {
  // The name itself.
  case nameInvalid = "name-invalid"
  case caseDiffers = "case-differs"
  case outsideZone = "outside-zone"
  case zoneDiffers = "zone-differs"
  case svcMissing = "svc-missing"
  case nothingThere = "nothing-there"
  case tooManyLabels = "too-many-labels"
  case noRecords = "no-records"
  case typeMissing = "type-missing"
  case familyMissing = "family-missing"
  case zoneTransfer = "zone-transfer"
  case wildcard = "wildcard"
  case notSynced = "not-synced"
  case objectsUnread = "objects-not-read"
  case changing = "changing"
  // What the server does beside answering from the names.
  case staticName = "static-name"
  case specialName = "special-name"
  case domainRoute = "domain-route"
  case domainRefused = "domain-refused"
  case questionWaits = "question-waits"
  case searchCompleted = "search-completed"
  case fallbackAsked = "fallback-asked"
  // Who asks.
  case asksElsewhere = "asks-elsewhere"
  // Namespaces and Services.
  case namespaceMissing = "namespace-missing"
  case namespaceTerminating = "namespace-terminating"
  case serviceMissing = "service-missing"
  case serviceElsewhere = "service-in-other-namespace"
  case workloadWithoutService = "workload-without-service"
  case serviceNotHeadless = "service-not-headless"
  case leftOut = "left-out"
  // Endpoints.
  case selectorMatchesNothing = "selector-matches-no-pod"
  case podsElsewhere = "pods-in-other-namespace"
  case scaledToZero = "scaled-to-zero"
  case noSelector = "no-selector"
  case sliceWithoutService = "slice-without-service-name"
  case sliceOfNoService = "slice-of-no-service"
  case endpointNotReady = "endpoint-not-ready"
  case endpointTerminating = "endpoint-terminating"
  case endpointsMissing = "endpoints-missing"
  case noReadyEndpoints = "no-ready-endpoints"
  case publishesNotReady = "publishes-not-ready"
  // Pods.
  case podTerminating = "pod-terminating"
  case podEnded = "pod-ended"
  case podUnscheduled = "pod-unscheduled"
  case initContainer = "init-container"
  case containerWaiting = "container-waiting"
  case containerEnded = "container-ended"
  case startupProbe = "startup-probe"
  case readinessProbe = "readiness-probe"
  case readinessGate = "readiness-gate"
  case podNotReady = "pod-not-ready"
  // A pod's name below a Service.
  case hostMissing = "host-missing"
  case ordinalMissing = "ordinal-out-of-range"
  case podNotCreated = "pod-not-created"
  case hostnameMissing = "hostname-missing"
  case hostnameDiffers = "hostname-differs"
  case hostnameShared = "hostname-shared"
  case subdomainMissing = "subdomain-missing"
  case subdomainDiffers = "subdomain-differs"
  case serviceNameDiffers = "service-name-differs"
  case podNotSelected = "pod-not-selected"
  // Ports.
  case portUnnamed = "port-unnamed"
  case portMissing = "port-missing"
  case protocolDiffers = "protocol-differs"
  case underscoreMissing = "underscore-missing"
  case targetPortMissing = "target-port-missing"
  // ExternalName.
  case aliasOutside = "external-name-outside"
  case aliasTargetMissing = "external-name-target-missing"
  case aliasLoop = "external-name-loop"
  case aliasInvalid = "external-name-invalid"
  case aliasIsAddress = "external-name-is-address"
  // A pod's address as a name, and the names of addresses.
  case podNamesDisabled = "pod-names-disabled"
  case podNameNoAddress = "pod-name-no-address"
  case podAddressUnknown = "pod-address-unknown"
  case reverseIncomplete = "reverse-incomplete"
  case addressUnknown = "address-unknown"
  case addressInNoService = "address-in-no-service"
  case addressShared = "address-shared"
}
