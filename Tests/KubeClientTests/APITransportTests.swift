// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import KubeClient

@Suite("What goes between a client and an API server") struct APITransportTests {
  @Test("An error says what was tried, and why it failed") func error() {
    let error = APITransportError("cannot connect to https://192.0.2.1:6443", cause: "connection refused")
    #expect(error.description == "cannot connect to https://192.0.2.1:6443: connection refused")
  }
}
