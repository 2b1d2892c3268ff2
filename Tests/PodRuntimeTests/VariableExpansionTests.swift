// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import PodRuntime

/// Kubernetes, "Define Dependent Environment Variables".
@Suite struct VariableExpansionTests {
  @Test(arguments: [
    ("plain", "plain"),
    ("$(A)", "1"),
    ("x$(A)y$(B)z", "x1y2 3z"),
    ("$$(A)", "$(A)"),
    ("$$$(A)", "$1"),
    ("$(MISSING)", "$(MISSING)"),
    ("$A ${A}", "$A ${A}"),
    ("$(A", "$(A"),
    ("$", "$"),
    ("$()", "$()"),
    ("", ""),
  ])
  func expands(text: String, expected: String) {
    #expect(VariableExpansion.expand(text, with: ["A": "1", "B": "2 3"]) == expected)
  }
}
