import KubeStore
import Manifests
struct ManifestApplier { let store: ObjectStore; func apply(_ d: [ManifestDocument]) -> AsyncStream<String> { AsyncStream { $0.finish() } } }
