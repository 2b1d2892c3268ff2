// SPDX-License-Identifier: Apache-2.0
import KubeModel
import Testing

@testable import PodRuntime

@Suite struct MissingPartsTests {
  @Test(arguments: [
    #""hostPID": true"#, #""hostIPC": true"#, #""shareProcessNamespace": true"#, #""nodeSelector": {"disk": "ssd"}"#,
  ])
  func whatAPodDoesNotGetIsSaid(spec: String) throws {
    let error = try #require(
      #expect(throws: RuntimeError.self) { try MissingParts.check(Samples.pod(spec), nodeLabels: ["disk": "hdd"]) })
    #expect(error.code == .configuration)
    #expect(error.message.contains(spec.split(separator: "\"")[0]))
  }

  @Test(arguments: ["", #""hostPID": false"#, #""nodeSelector": {"disk": "hdd"}"#])
  func otherPodsPass(spec: String) throws {
    try MissingParts.check(Samples.pod(spec), nodeLabels: ["disk": "hdd"])
  }
}
