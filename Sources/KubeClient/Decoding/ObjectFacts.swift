// SPDX-License-Identifier: Apache-2.0
package import KubeModel
package import Naming

/// What is read of one object of an API server.
package struct ObjectFacts: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case namespace
    case service(ServiceFacts)
    /// `nil`: it names no Service.
    case slice(SliceFacts?)
    case pod(PodFacts)
    /// `nil`: its pods have no names.
    case statefulSet(StatefulSetFacts?)
  }

  /// Empty for namespaces.
  package var namespace = ""
  package var name = ""
  /// `metadata.resourceVersion`; 0 where there is none.
  package var version: UInt64 = 0
  package var value: Value
  /// What led to this version of a slice of a headless Service, where the slice says it.
  package var cause: ChangeCause?

  package init(_ value: Value) { self.value = value }
}

/// When, and for which kind of Service, a change began whose end is a slice.
package struct ChangeCause: Hashable, Sendable {
  package var kind: ChangeDelay.ServiceKind
  package var time: Timestamp

  package func delay(until now: Timestamp) -> ChangeDelay {
    ChangeDelay(kind: kind, seconds: Double(now.microseconds - time.microseconds) / 1e6)
  }
}

/// What is read of `metadata`.
struct MetadataFacts {
  var name = ""
  var namespace = ""
  var version: UInt64 = 0
  /// The label of a slice that names its Service.
  var serviceName: String?
  var isHeadless = false
  var isManaged = false
  var cause: Timestamp?
  /// Of a bookmark: all that there was has been told.
  var endsInitial = false

  var changeCause: ChangeCause? {
    guard isHeadless, let cause else { return nil }
    return ChangeCause(kind: isManaged ? .headlessWithSelector : .headlessWithoutSelector, time: cause)
  }
}
