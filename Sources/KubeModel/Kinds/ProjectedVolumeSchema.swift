// SPDX-License-Identifier: Apache-2.0
import OrderedCollections

// A volume put together from several sources.
extension ObjectType {
  package static let projectedVolumeSource = ObjectType(
    .core, "ProjectedVolumeSource", "Several sources in one directory.",
    [
      Field("sources", 1, .objects(.volumeProjection), "The sources."),
      Field("defaultMode", 2, .int32, "Mode bits of the files.").explicit().defaulted(0o644).rule(.fileMode),
    ])

  package static let volumeProjection = ObjectType(
    .core, "VolumeProjection", "One source of a projected volume.",
    [
      Field("secret", 1, .object(.secretProjection), "A Secret."),
      Field("downwardAPI", 2, .object(.downwardAPIProjection), "The pod's own fields."),
      Field("configMap", 3, .object(.configMapProjection), "A ConfigMap."),
      Field("serviceAccountToken", 4, .object(.serviceAccountTokenProjection), "A token of the pod's account."),
      Field("clusterTrustBundle", 5, .object(.clusterTrustBundleProjection), "Trusted certificates."),
      Field("podCertificate", 6, .object(.podCertificateProjection), "A certificate for the pod."),
    ],
    validation: { projection, path, errors in
      if projection.count > 1 {
        errors.append(.forbidden(path, "may not specify more than 1 volume type per source"))
      }
    })

  package static let secretProjection = ObjectType(
    .core, "SecretProjection", "A Secret in a projected volume.",
    [
      Field("name", 1, .string, "Name of the Secret.").required().embedded(in: 1),
      Field("items", 2, .objects(.keyToPath), "Keys to show; all if absent."),
      Field("optional", 4, .bool, "Whether it may be missing.").explicit(),
    ])

  package static let configMapProjection = ObjectType(
    .core, "ConfigMapProjection", "A ConfigMap in a projected volume.",
    [
      Field("name", 1, .string, "Name of the ConfigMap.").required().embedded(in: 1),
      Field("items", 2, .objects(.keyToPath), "Keys to show; all if absent."),
      Field("optional", 4, .bool, "Whether it may be missing.").explicit(),
    ])

  package static let downwardAPIProjection = ObjectType(
    .core, "DownwardAPIProjection", "The pod's own fields in a projected volume.",
    [Field("items", 1, .objects(.downwardAPIVolumeFile), "The files.")])

  package static let serviceAccountTokenProjection = ObjectType(
    .core, "ServiceAccountTokenProjection", "A token of the pod's account.",
    [
      Field("audience", 1, .string, "Whom the token is for; the API server if absent."),
      Field("expirationSeconds", 2, .int64, "Seconds for which it is valid.").explicit().defaulted(3600)
        .rule(.range(600...(1 << 32))),
      Field("path", 3, .string, "Path of the file in the volume.").required().rule(.format(.pathInside)),
    ])

  package static let clusterTrustBundleProjection = ObjectType(
    .core, "ClusterTrustBundleProjection", "Trusted certificates.",
    [
      Field("name", 1, .string, "Name of one bundle.").explicit(),
      Field("signerName", 2, .string, "Bundles of this signer.").explicit(),
      Field("labelSelector", 3, .object(.labelSelector), "Bundles with these labels."),
      Field("optional", 5, .bool, "Whether they may be missing.").explicit(),
      Field("path", 4, .string, "Path of the file in the volume.").required().rule(.format(.pathInside)),
    ])

  package static let podCertificateProjection = ObjectType(
    .core, "PodCertificateProjection", "A certificate for the pod.",
    [
      Field("signerName", 1, .string, "Who signs it.").required(),
      Field("keyType", 2, .string, "Kind of the key.").required(),
      Field("maxExpirationSeconds", 3, .int32, "The most seconds for which it is valid.").explicit(),
      Field("credentialBundlePath", 4, .string, "File of key and certificates together."),
      Field("keyPath", 5, .string, "File of the key."),
      Field("certificateChainPath", 6, .string, "File of the certificates."),
      Field("userAnnotations", 7, .stringMap, "What the signer is told."),
    ])
}
