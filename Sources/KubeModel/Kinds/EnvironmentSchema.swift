// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// Environment variables and where their values come from.
extension ObjectType {
  package static let envVar = ObjectType(
    .core, "EnvVar", "An environment variable.",
    [
      Field("name", 1, .string, "Its name.").required().rule(.format(.environmentName)),
      Field("value", 2, .string, "Its value; $(VARIABLE) stands for one defined before."),
      Field("valueFrom", 3, .object(.envVarSource), "Where its value comes from."),
    ],
    validation: { variable, path, errors in
      guard let source = variable["valueFrom"]?.object else { return }
      let path = path.appending("valueFrom")
      if variable["value"]?.string?.isEmpty == false {
        errors.append(.invalid(path, "", "may not be specified when `value` is not empty"))
      } else if source.isEmpty {
        errors.append(
          .invalid(
            path, "",
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"))
      } else if source.count > 1 {
        errors.append(.invalid(path, "", "may not have more than one field specified at a time"))
      }
    })

  package static let envVarSource = ObjectType(
    .core, "EnvVarSource", "Where the value of an environment variable comes from.",
    [
      Field("fieldRef", 1, .object(.objectFieldSelector), "A field of the pod."),
      Field("resourceFieldRef", 2, .object(.resourceFieldSelector), "A resource of the container."),
      Field("configMapKeyRef", 3, .object(.configMapKeySelector), "A key of a ConfigMap."),
      Field("secretKeyRef", 4, .object(.secretKeySelector), "A key of a Secret."),
      Field("fileKeyRef", 5, .object(.fileKeySelector), "A key of a file in a volume."),
    ])

  package static let objectFieldSelector = ObjectType(
    .core, "ObjectFieldSelector", "A field of the pod.",
    [
      Field("apiVersion", 1, .string, "Version in which the field is named.").defaulted("v1"),
      Field("fieldPath", 2, .string, "Path of the field, such as status.podIP.").required(),
    ], atomic: true)

  package static let resourceFieldSelector = ObjectType(
    .core, "ResourceFieldSelector", "A resource of a container.",
    [
      Field("containerName", 1, .string, "The container; in its own environment, itself."),
      Field("resource", 2, .string, "The resource, such as limits.cpu.").required(),
      Field("divisor", 3, .quantity, "What one unit of the value stands for.").defaulted("0"),
    ], atomic: true)

  package static let configMapKeySelector = ObjectType(
    .core, "ConfigMapKeySelector", "A key of a ConfigMap.",
    [
      Field("name", 1, .string, "Name of the ConfigMap.").embedded(in: 1),
      Field("key", 2, .string, "The key.").required().rule(.format(.configMapKey)),
      Field("optional", 3, .bool, "Whether it may be missing.").explicit(),
    ], atomic: true)

  package static let secretKeySelector = ObjectType(
    .core, "SecretKeySelector", "A key of a Secret.",
    [
      Field("name", 1, .string, "Name of the Secret.").embedded(in: 1),
      Field("key", 2, .string, "The key.").required().rule(.format(.configMapKey)),
      Field("optional", 3, .bool, "Whether it may be missing.").explicit(),
    ], atomic: true)

  package static let fileKeySelector = ObjectType(
    .core, "FileKeySelector", "A key of a file of variables in a volume.",
    [
      Field("volumeName", 1, .string, "Name of the pod's volume.").required(),
      Field("path", 2, .string, "Path of the file in the volume.").required().rule(.format(.pathInside)),
      Field("key", 3, .string, "The key.").required(),
      Field("optional", 4, .bool, "Whether it may be missing.").explicit(),
    ], atomic: true)

  package static let envFromSource = ObjectType(
    .core, "EnvFromSource", "Where a set of environment variables comes from.",
    [
      Field("prefix", 1, .string, "Text put before each name."),
      Field("configMapRef", 2, .object(.configMapEnvSource), "The keys of a ConfigMap."),
      Field("secretRef", 3, .object(.secretEnvSource), "The keys of a Secret."),
    ],
    validation: { source, path, errors in
      switch (source["configMapRef"] != nil, source["secretRef"] != nil) {
      case (false, false): errors.append(.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
      case (true, true): errors.append(.invalid(path, "", "may not have more than one field specified at a time"))
      default: break
      }
    })

  package static let configMapEnvSource = ObjectType(
    .core, "ConfigMapEnvSource", "The keys of a ConfigMap.",
    [
      Field("name", 1, .string, "Name of the ConfigMap.").embedded(in: 1),
      Field("optional", 2, .bool, "Whether it may be missing.").explicit(),
    ])

  package static let secretEnvSource = ObjectType(
    .core, "SecretEnvSource", "The keys of a Secret.",
    [
      Field("name", 1, .string, "Name of the Secret.").embedded(in: 1),
      Field("optional", 2, .bool, "Whether it may be missing.").explicit(),
    ])
}
