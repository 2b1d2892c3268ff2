// SPDX-License-Identifier: Apache-2.0
package import KubeModel
import NIOCore
import OrderedCollections

/// Fetches the whole objects that an explanation looks at: names themselves need much less, so they are not kept.
package struct ObjectFetch: Sendable {
  /// The kinds that are fetched. What pods are made from is not: the account would have to read more than names need.
  package static let kinds: [APIResource] = [.namespaces, .services, .endpointSlices, .pods, .statefulSets]
  /// Octets of JSON that are read for one explanation. In memory they take several times as much.
  package static let maximumSize = 4 << 20
  /// How long all of it may take. The page that asks for it refuses a second request meanwhile.
  package static let timeLimit = Duration.seconds(20)
  private static let pageSize = 100

  /// What was fetched.
  package struct Result: Sendable {
    package var objects = FixedObjects()
    /// Those whose objects of the namespaces are all there.
    package var kinds: Set<APIResource> = []
    /// What of the others is to be said, a sentence each.
    package var notes: [String] = []
  }

  private enum Failure: Error {
    case refused(Int)
    case tooLarge
    case tooSlow
    case other(String)
  }

  private let transport: any APITransport
  private let time: ReflectorTime

  package init(_ transport: any APITransport, time: ReflectorTime = ReflectorTime(ContinuousClock())) {
    self.transport = transport
    self.time = time
  }

  /// Fetches what stands in these namespaces, and all namespaces.
  package func fetch(namespaces: [String]) async -> Result {
    var result = Result()
    var left = Self.maximumSize
    let deadline = time.now() + Self.timeLimit
    for resource in Self.kinds {
      do throws(Failure) {
        var objects: [KubeObject] = []
        let places: [String?] = resource.isNamespaced ? namespaces : [nil]
        for namespace in places {
          let listed = try await list(resource, namespace, within: left, until: deadline)
          objects += listed.objects
          left -= listed.size
        }
        result.objects.add(objects, of: resource)
        result.kinds.insert(resource)
      } catch {
        if case .tooLarge = error { left = 0 }
        result.notes.append(note(error, resource))
      }
    }
    return result
  }

  private func note(_ failure: Failure, _ resource: APIResource) -> String {
    let plural = resource.qualifiedPlural
    switch failure {
    case .refused(401), .refused(403):
      return "this server's account may not list \(plural), so nothing is said of them"
    case .refused(let status):
      return "the API server answered the list of \(plural) with status \(status), so nothing is said of them"
    case .tooLarge:
      return "there are more than \(Self.maximumSize >> 20) MiB of objects to look at, so nothing is said of \(plural)"
    case .tooSlow:
      return "the API server did not send \(plural) within \(Self.timeLimit.components.seconds) s, which all"
        + " objects may take, so nothing is said of them"
    case .other(let text): return "\(plural) could not be read, so nothing is said of them: \(text)"
    }
  }

  /// Objects, and of how many octets they were made.
  private typealias Listed = (objects: [KubeObject], size: Int)

  private func list(
    _ resource: APIResource, _ namespace: String?, within size: Int, until deadline: Duration
  ) async throws(Failure) -> Listed {
    let left = deadline - time.now()
    guard left > .zero else { throw .tooSlow }
    return try await withTaskGroup(of: Swift.Result<Listed, Failure>.self) { group in
      group.addTask {
        do throws(Failure) { return .success(try await self.list(resource, namespace, within: size)) } catch {
          return .failure(error)
        }
      }
      group.addTask {
        try? await self.time.sleep(left)
        return .failure(.tooSlow)
      }
      let first = await group.next() ?? .failure(.tooSlow)
      group.cancelAll()
      return first
    }.get()
  }

  private func list(
    _ resource: APIResource, _ namespace: String?, within size: Int
  ) async throws(Failure) -> Listed {
    var left = size
    var objects: [KubeObject] = []
    var token = ""
    repeat {
      var query: [APIRequest.Parameter] = [.init("limit", "\(Self.pageSize)")]
      if !token.isEmpty { query.append(.init("continue", token)) }
      let request = APIRequest(
        path: resource.path(namespace: namespace), query: query, accept: [AnswerForm.jsonType])
      let response: APIResponse
      do throws(APITransportError) { response = try await transport.get(request) } catch {
        throw .other("\(error)")
      }
      guard response.status == 200 else { throw .refused(response.status) }
      var octets: [UInt8] = []
      do {
        for try await buffer in response.body {
          left -= buffer.readableBytes
          guard left >= 0 else { throw Failure.tooLarge }
          octets.append(contentsOf: buffer.readableBytesView)
        }
        let list = try JSONParser.parse(octets)
        objects += (list["items"]?.array ?? []).compactMap { Self.object($0, resource) }
        token = list["metadata"]?["continue"]?.string ?? ""
      } catch let failure as Failure {
        throw failure
      } catch {
        throw .other("\(error)")
      }
    } while !token.isEmpty
    return (objects, size - left)
  }

  /// An object of a list, which says its kind once for all.
  private static func object(_ item: JSONValue, _ resource: APIResource) -> KubeObject? {
    guard var members = item.object, var metadata = members["metadata"] else { return nil }
    metadata["managedFields"] = nil
    members["metadata"] = metadata
    members["apiVersion"] = .string(resource.apiVersion)
    members["kind"] = .string(resource.kind)
    return KubeObject(members, of: resource)
  }
}
