// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PodRuntime

/// A pool that expectations can call.
private final class Pool {
  var pool: AddressPool
  init(last: String? = nil) { pool = AddressPool(last: last) }
  func take() -> String? { pool.take() }
  func free(_ address: String) { pool.free(address) }
  func claim(_ address: String) -> Bool { pool.claim(address) }
}

@Suite struct AddressPoolTests {
  @Test func aFreedAddressComesBackLast() {
    let pool = Pool()
    #expect(pool.take() == "10.244.0.2")
    #expect(pool.take() == "10.244.0.3")
    pool.free("10.244.0.3")
    pool.free("10.244.0.2")
    #expect(pool.take() == "10.244.0.4")
  }

  @Test func goesOnAfterTheLastOfAnEarlierRun() {
    let pool = Pool(last: "10.244.0.255")
    #expect(pool.take() == "10.244.1.0")
  }

  @Test func turnsAroundPastThoseInUse() {
    let pool = Pool(last: "10.244.255.253")
    #expect(pool.claim("10.244.0.2"))
    #expect(!pool.claim("10.244.0.2"))
    #expect(pool.take() == "10.244.255.254")
    #expect(pool.take() == "10.244.0.3")
  }

  @Test func endsWhenAllAreInUse() {
    let pool = Pool()
    for _ in 2...65_534 { #expect(pool.take() != nil) }
    #expect(pool.take() == nil)
    pool.free("10.244.9.9")
    #expect(pool.take() == "10.244.9.9")
  }

  @Test(arguments: ["10.244.0.0", "10.244.0.1", "10.244.255.255", "10.245.0.2", "10.96.0.1", "::1", "", "10.244.0"])
  func claimsOnlyAddressesOfPods(address: String) {
    let pool = Pool()
    #expect(!pool.claim(address))
  }
}
