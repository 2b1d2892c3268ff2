// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Naming

/// Goes on along a pod's search path where its first step has no answer, so that the pod need not ask again.
///
/// A pod that looks for `example.com` asks for `example.com.NS.svc.ZONE` first, then for `example.com.svc.ZONE`,
/// `example.com.ZONE` and `example.com`: each one question for A and one for AAAA. Here the first of these gets the
/// answer of the last, behind a CNAME record.
struct SearchCompletion: Sendable {
  /// Knows the namespaces of those who ask.
  let directory: PodDirectory

  /// The namespace in which `client` looks names up; `nil` where it is no pod.
  func namespace(of client: Client) -> String? { directory.namespace(of: client.address) }
}
