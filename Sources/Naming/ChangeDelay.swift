// SPDX-License-Identifier: Apache-2.0
package import KubeModel

/// How long a change of endpoints has been on its way: from what caused it, as its slice's annotation says.
package struct ChangeDelay: Hashable, Sendable {
  package enum ServiceKind: String, Hashable, Sendable, CaseIterable {
    case headlessWithSelector = "headless_with_selector"
    case headlessWithoutSelector = "headless_without_selector"
  }

  package var kind: ServiceKind
  package var seconds: Double

  package init(kind: ServiceKind, seconds: Double) {
    self.kind = kind
    self.seconds = seconds
  }

  /// The delays of those changes that say when they were caused, as far as names depend on them: slices of headless
  /// Services.
  package static func delays(of changes: [ObjectChange], now: Timestamp) -> [ChangeDelay] {
    changes.compactMap { change in
      guard case .updated(let object) = change, object.resource == .endpointSlices,
        object.metadata.labels[EndpointSlice.headlessLabel] != nil,
        let cause = object.metadata.annotations[EndpointSlice.triggerTimeAnnotation].flatMap({ Timestamp($0) })
      else { return nil }
      let isManaged = object.metadata.labels[EndpointSlice.managedByLabel] == EndpointSlice.controller
      return ChangeDelay(
        kind: isManaged ? .headlessWithSelector : .headlessWithoutSelector,
        seconds: Double(now.microseconds - cause.microseconds) / 1e6)
    }
  }
}
