// SPDX-License-Identifier: Apache-2.0
import KubeModel
import OrderedCollections
import Testing

@testable import KubeStore

@Suite struct ServiceStrategyTests {
  @Test func anAddressIsGivenFromTheRange() async throws {
    let store = try await makeStore()
    let object = try await store.create(service("web"), in: .services)
    let view = Service(object)
    let address = try #require(IPAddress(view.clusterIPs[0]))
    #expect(IPv4Range.kubernetesServices.offset(of: address) != nil)
    #expect(object["spec"]?["clusterIP"]?.string == view.clusterIPs[0])
    #expect(object["spec"]?["ipFamilies"] == ["IPv4"])
    #expect(object["spec"]?["ipFamilyPolicy"] == "SingleStack")
  }

  @Test func headlessHasNone() async throws {
    let store = try await makeStore()
    let object = try await store.create(service("db", ["clusterIP": "None"]), in: .services)
    #expect(Service(object).isHeadless)
    #expect(object["spec"]?["clusterIPs"] == ["None"])
  }

  @Test func aWantedAddressIsHonouredOnce() async throws {
    let store = try await makeStore()
    _ = try await store.create(service("a", ["clusterIP": "10.96.0.10"]), in: .services)
    let taken = await #expect(throws: StatusError.self) {
      _ = try await store.create(service("b", ["clusterIP": "10.96.0.10"]), in: .services)
    }
    #expect(taken?.message.contains("provided IP is already allocated") == true)
    try await store.delete(.services, namespace: "default", name: "a", options: DeleteOptions())
    _ = try await store.create(service("b", ["clusterIP": "10.96.0.10"]), in: .services)
  }

  @Test(arguments: ["10.95.0.1", "10.96.0.0", "10.111.255.255", "nonsense"])
  func addressesThatCannotBe(_ address: String) async throws {
    let store = try await makeStore()
    let error = await #expect(throws: StatusError.self) {
      _ = try await store.create(service("a", ["clusterIP": .string(address)]), in: .services)
    }
    #expect(error?.reason == .invalid)
  }

  @Test func aChangeKeepsTheAddress() async throws {
    let store = try await makeStore()
    let object = try await store.create(service("web"), in: .services)
    let updated = try await store.update(
      service("web", ["ports": [["port": 81]]]), of: .services, status: false, dryRun: false)
    #expect(updated["spec"]?["clusterIP"] == object["spec"]?["clusterIP"])
    #expect(updated["spec"]?["ports"]?.array?[0]["port"] == 81)
  }

  @Test func externalNameGivesTheAddressBack() async throws {
    let store = try await makeStore()
    _ = try await store.create(service("web", ["clusterIP": "10.96.7.7"]), in: .services)
    let changed = try await store.update(
      service("web", ["type": "ExternalName", "externalName": "example.com"]), of: .services, status: false,
      dryRun: false)
    #expect(changed["spec"]?["clusterIP"] == nil)
    _ = try await store.create(service("other", ["clusterIP": "10.96.7.7"]), in: .services)
  }

  @Test func nodePortsAreGivenAndKept() async throws {
    let store = try await makeStore()
    let object = try await store.create(service("web", ["type": "NodePort"]), in: .services)
    let port = try #require(Service(object).ports.first?.nodePort)
    #expect((30_000...32_767).contains(port))
    let updated = try await store.update(
      service("web", ["type": "NodePort", "ports": [["port": 80, "name": "http"]]]), of: .services, status: false,
      dryRun: false)
    #expect(Service(updated).ports.first?.nodePort == port)
    let error = await #expect(throws: StatusError.self) {
      _ = try await store.create(
        service("b", ["type": "NodePort", "ports": [["port": 80, "nodePort": .int(Int64(port))]]]), in: .services)
    }
    #expect(error?.message.contains("provided port is already allocated") == true)
  }

  @Test(arguments: [29_999, 32_768, 80])
  func nodePortsOutsideTheRangeAreRefused(_ port: Int64) async throws {
    let store = try await makeStore()
    let wish = service("a", ["type": "NodePort", "ports": [["port": 80, "nodePort": .int(port)]]])
    let error = await #expect(throws: StatusError.self) { _ = try await store.create(wish, in: .services) }
    #expect(error?.reason == .invalid)
    #expect(
      error?.message.hasSuffix(
        "spec.ports[0].nodePort: Invalid value: \(port): provided port is not in the valid range. "
          + "The range of valid ports is 30000-32767") == true)
  }

  @Test func twoPortsMayShareANodePortOnlyByTransport() async throws {
    let store = try await makeStore()
    func wish(_ transport: String) -> JSONObject {
      service(
        "dns",
        [
          "type": "NodePort",
          "ports": [
            ["name": "a", "port": 53, "nodePort": 30053],
            ["name": "b", "port": 54, "nodePort": 30053, "protocol": .string(transport)],
          ],
        ])
    }
    let error = await #expect(throws: StatusError.self) { _ = try await store.create(wish("TCP"), in: .services) }
    #expect(error?.causes.first?.path.description == "spec.ports[1].nodePort")
    _ = try await store.create(wish("UDP"), in: .services)
  }

  @Test func theLastFreeAddressIsFound() {
    var configuration = StoreConfiguration()
    configuration.serviceCIDR = IPv4Range("10.0.0.0/28")!
    var allocations = ServiceAllocations(configuration: configuration)
    var seen: Set<String> = []
    while let address = allocations.freeAddress() {
      seen.insert(address.description)
      allocations.claim(["spec": ["clusterIPs": [.string(address.description)]]])
    }
    #expect(seen.count == 14)
    #expect(!seen.contains("10.0.0.0") && !seen.contains("10.0.0.15"))
  }
}
