// SPDX-License-Identifier: Apache-2.0
import Testing

/// The program as its user runs it. One cluster after the other: each test measures a machine that has time for it.
@Suite(.serialized) enum EndToEnd {}
