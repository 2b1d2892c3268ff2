// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Rules of a pod's specification that concern several fields.
extension PodRules {
  static let validate: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = { spec, path, errors in
    validateContainerNames(in: spec, at: path, &errors)
    validateInitContainers(in: spec, at: path, &errors)
    if spec["dnsPolicy"] == "None", spec["dnsConfig"]?["nameservers"]?.array?.isEmpty != false {
      errors.append(
        .required(
          path.appending("dnsConfig").appending("nameservers"),
          "must provide at least one DNS nameserver when `dnsPolicy` is None"))
    }
    if spec["hostNetwork"]?.bool == true { validateHostPorts(in: spec, at: path, &errors) }
  }

  /// Names are unique over all containers of a pod.
  private static func validateContainerNames(in spec: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    var names: Set<String> = []
    for list in ["initContainers", "containers", "ephemeralContainers"] {
      for (index, container) in (spec[list]?.array ?? []).enumerated() {
        guard let name = container["name"]?.string, !names.insert(name).inserted else { continue }
        errors.append(.duplicate(path.appending(list).appending(index: index).appending("name"), .string(name)))
      }
    }
  }

  /// An init container that ends has nothing to probe; one that stays (a sidecar) has.
  private static func validateInitContainers(in spec: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    for (index, container) in (spec["initContainers"]?.array ?? []).enumerated() {
      guard container["restartPolicy"]?.string != "Always" else { continue }
      for member in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] where container[member] != nil {
        errors.append(
          .forbidden(
            path.appending("initContainers").appending(index: index).appending(member),
            "may not be set for init containers without restartPolicy=Always"))
      }
    }
  }

  private static func validateHostPorts(in spec: JSONObject, at path: FieldPath, _ errors: inout [FieldError]) {
    for (index, container) in (spec["containers"]?.array ?? []).enumerated() {
      for (position, port) in (container["ports"]?.array ?? []).enumerated()
      where port["hostPort"] != port["containerPort"] {
        let place = path.appending("containers").appending(index: index).appending("ports").appending(index: position)
        errors.append(
          .invalid(
            place.appending("containerPort"), port["containerPort"] ?? 0,
            "must match `hostPort` when `hostNetwork` is true"))
      }
    }
  }

  static let validateContainer: @Sendable (JSONObject, FieldPath, inout [FieldError]) -> Void = {
    container, path, errors in
    if (container["image"]?.string ?? "").isEmpty { errors.append(.required(path.appending("image"))) }
    var names: Set<String> = []
    for (index, port) in (container["ports"]?.array ?? []).enumerated() {
      guard let name = port["name"]?.string, !names.insert(name).inserted else { continue }
      errors.append(.duplicate(path.appending("ports").appending(index: index).appending("name"), .string(name)))
    }
    for probe in ["livenessProbe", "startupProbe"] {
      guard let threshold = container[probe]?["successThreshold"], threshold != 1 else { continue }
      errors.append(.invalid(path.appending(probe).appending("successThreshold"), threshold, "must be 1"))
    }
  }

  /// Each mount must name a volume of the pod, and each path may be mounted once.
  /// - Parameter claims: volumes that come from elsewhere: a StatefulSet's claim templates.
  static func validateVolumeReferences(
    in spec: JSONObject, claims: Set<String> = [], at path: FieldPath, _ errors: inout [FieldError]
  ) {
    let volumes = claims.union((spec["volumes"]?.array ?? []).compactMap { $0["name"]?.string })
    for list in ["initContainers", "containers"] {
      for (index, container) in (spec[list]?.array ?? []).enumerated() {
        let place = path.appending(list).appending(index: index)
        validate(container, member: "volumeMounts", pathMember: "mountPath", among: volumes, at: place, &errors)
        validate(container, member: "volumeDevices", pathMember: "devicePath", among: volumes, at: place, &errors)
      }
    }
  }

  private static func validate(
    _ container: JSONValue, member: String, pathMember: String, among volumes: Set<String>, at path: FieldPath,
    _ errors: inout [FieldError]
  ) {
    var places: Set<String> = []
    for (index, mount) in (container[member]?.array ?? []).enumerated() {
      let mountPath = path.appending(member).appending(index: index)
      if let name = mount["name"]?.string, !name.isEmpty, !volumes.contains(name) {
        errors.append(.notFound(mountPath.appending("name"), .string(name)))
      }
      if let place = mount[pathMember]?.string, !places.insert(place).inserted {
        errors.append(.invalid(mountPath.appending(pathMember), .string(place), "must be unique"))
      }
    }
  }
}
