// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Probes, and what is done at a container's start and end.
extension ObjectType {
  package static let probe = ObjectType(
    .core, "Probe", "A check of a container, made again and again.",
    [
      Field("exec", 1, .object(.execAction), "Runs a program in the container.").embedded(in: 1),
      Field("httpGet", 2, .object(.httpGetAction), "Sends an HTTP request.").embedded(in: 1),
      Field("tcpSocket", 3, .object(.tcpSocketAction), "Opens a TCP connection.").embedded(in: 1),
      Field("grpc", 4, .object(.grpcAction), "Calls the gRPC health service.").embedded(in: 1),
      Field("initialDelaySeconds", 2, .int32, "Seconds after the start before the first check.").rule(.nonNegative),
      Field("timeoutSeconds", 3, .int32, "Seconds that a check may take.").defaulted(1).rule(.positive),
      Field("periodSeconds", 4, .int32, "Seconds between checks.").defaulted(10).rule(.positive),
      Field("successThreshold", 5, .int32, "Checks that must pass in a row.").defaulted(1).rule(.positive),
      Field("failureThreshold", 6, .int32, "Checks that must fail in a row.").defaulted(3).rule(.positive),
      Field("terminationGracePeriodSeconds", 7, .int64, "Seconds given for a clean end after failure.").explicit()
        .rule(.range(1...DeleteOptions.gracePeriodLimit)),
    ],
    validation: { probe, path, errors in
      validateHandler(of: probe, among: ["exec", "httpGet", "tcpSocket", "grpc"], at: path, &errors)
    })

  package static let lifecycle = ObjectType(
    .core, "Lifecycle", "What is done at a container's start and end.",
    [
      Field("postStart", 1, .object(.lifecycleHandler), "After its start."),
      Field("preStop", 2, .object(.lifecycleHandler), "Before its end."),
      Field("stopSignal", 3, .string, "The signal that asks it to end.").explicit(),
    ])

  package static let lifecycleHandler = ObjectType(
    .core, "LifecycleHandler", "One thing to do.",
    [
      Field("exec", 1, .object(.execAction), "Run a program in the container."),
      Field("httpGet", 2, .object(.httpGetAction), "Send an HTTP request."),
      Field("tcpSocket", 3, .object(.tcpSocketAction), "No longer used."),
      Field("sleep", 4, .object(.sleepAction), "Wait."),
    ],
    validation: { handler, path, errors in
      validateHandler(of: handler, among: ["exec", "httpGet", "tcpSocket", "sleep"], at: path, &errors)
    })

  /// Exactly one of the handlers must be there.
  private static func validateHandler(
    of object: JSONObject, among handlers: [String], at path: FieldPath, _ errors: inout [FieldError]
  ) {
    let found = handlers.filter { object[$0] != nil }
    if found.isEmpty { errors.append(.required(path, "must specify a handler type")) }
    for handler in found.dropFirst() {
      errors.append(.forbidden(path.appending(handler), "may not specify more than 1 handler type"))
    }
  }

  package static let execAction = ObjectType(
    .core, "ExecAction", "A program to run in a container.",
    [Field("command", 1, .strings, "Program and arguments; no shell takes part.").required().rule(.notEmpty)])

  package static let httpGetAction = ObjectType(
    .core, "HTTPGetAction", "An HTTP GET request; a status of 200 to 399 is success.",
    [
      Field("path", 1, .string, "Path to ask for.").defaulted("/"),
      Field("port", 2, .intOrString, "Port, by number or by the container's name for it.").required().rule(.port),
      Field("host", 3, .string, "Host to connect to; the pod if absent."),
      Field("scheme", 4, .string, "Whether TLS is used.").defaulted("HTTP").rule(.oneOf(["HTTP", "HTTPS"])),
      Field("httpHeaders", 5, .objects(.httpHeader), "Further header fields."),
    ],
    validation: validatePortName)

  package static let httpHeader = ObjectType(
    .core, "HTTPHeader", "A header field.",
    [
      Field("name", 1, .string, "Its name.").required(),
      Field("value", 2, .string, "Its value.").explicit(),
    ])

  package static let tcpSocketAction = ObjectType(
    .core, "TCPSocketAction", "A TCP connection to open.",
    [
      Field("port", 1, .intOrString, "Port, by number or by the container's name for it.").required().rule(.port),
      Field("host", 2, .string, "Host to connect to; the pod if absent."),
    ],
    validation: validatePortName)

  private static let validatePortName: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = {
    action, path, errors in
    guard let port = action["port"], case .string(let name) = port, !name.isEmpty else { return }
    ValueRule.format(.portName).check(port, at: path.appending("port"), into: &errors)
  }

  package static let grpcAction = ObjectType(
    .core, "GRPCAction", "A call of the gRPC health service.",
    [
      Field("port", 1, .int32, "Port of the service.").required().rule(.port),
      Field("service", 2, .string, "Name that the request asks about.").explicit().defaulted(""),
    ])

  package static let sleepAction = ObjectType(
    .core, "SleepAction", "A wait.",
    [Field("seconds", 1, .int64, "How long, in seconds.").required().rule(.gracePeriod)])
}
