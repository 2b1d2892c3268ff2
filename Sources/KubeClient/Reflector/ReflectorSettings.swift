// SPDX-License-Identifier: Apache-2.0

/// How an API server is followed.
package struct ReflectorSettings: Hashable, Sendable {
  /// Namespaces that are followed; empty: all.
  package var namespaces: [String] = []
  /// Which Services are followed, as in the query of a request; empty: all.
  package var serviceSelector = ""
  /// Which namespaces are followed; empty: all.
  package var namespaceSelector = ""
  /// Whether the objects that there are come in the watch itself, where the server knows how.
  package var usesWatchList = true
  /// Whether answers are asked for in protobuf first.
  package var usesProtobuf = true
  /// The time between two comparisons of what is known with what the server has; zero: none.
  package var checkInterval = Duration.seconds(1800)
  /// Objects of a page of a list.
  package var pageSize = 500
  package var limits = DecodingLimits()

  /// A list that says nothing for this time has failed, and so has a list within a watch before its first word.
  package var listSilence = Duration.seconds(30)
  /// A watch that says nothing for this time is opened anew. A server that has nothing to tell sends a bookmark about
  /// once a minute.
  package var watchSilence = Duration.seconds(180)
  /// After which time the server is asked to end a watch; a random time between.
  package var watchSeconds = 300...600
  package var backoff = Backoff.Settings()

  package init() {}

  /// The lists and watches that follow these kinds.
  package func scopes(_ kinds: [FollowedKind]) -> [FollowedScope] {
    kinds.flatMap { kind in
      let selector = kind == .namespaces ? namespaceSelector : kind == .services ? serviceSelector : ""
      let places = namespaces.isEmpty ? [nil] : namespaces.map { Optional($0) }
      return places.map { FollowedScope(kind, namespace: $0, labelSelector: selector) }
    }
  }
}
