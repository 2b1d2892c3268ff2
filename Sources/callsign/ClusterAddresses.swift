// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import OrderedCollections

/// Where a running cluster answers on this machine, written by `callsign up` for the other commands.
struct ClusterAddresses: Sendable {
  /// Port of the API on 127.0.0.1.
  var apiPort: UInt16
  /// Port of the DNS server on 127.0.0.1, UDP and TCP.
  var dnsPort: UInt16
  /// The DNS zone, `cluster.local`.
  var zone: String
  /// The pod runtime in use: `oci` or `none`.
  var runtime: String

  func write(to path: String) throws(SystemError) {
    let json: JSONValue = [
      "apiPort": .int(Int64(apiPort)), "dnsPort": .int(Int64(dnsPort)), "zone": .string(zone),
      "runtime": .string(runtime),
    ]
    try Files.replace(path, with: json.encoded() + Array("\n".utf8))
  }

  /// Reads the file of the cluster that runs from `folder`.
  init(running folder: DataFolder) throws(CommandError) {
    guard folder.runningProcess != nil else {
      throw CommandError("no cluster runs from \(folder.path). Start one with `callsign up --data-dir \(folder.path)`")
    }
    guard let bytes = try? Files.read(folder.addresses), let json = try? JSONParser.parse(bytes),
      let api = json["apiPort"]?.int.flatMap({ UInt16(exactly: $0) }),
      let dns = json["dnsPort"]?.int.flatMap({ UInt16(exactly: $0) }), let zone = json["zone"]?.string,
      let runtime = json["runtime"]?.string
    else { throw CommandError("the cluster in \(folder.path) is still starting; try again in a moment") }
    self.init(apiPort: api, dnsPort: dns, zone: zone, runtime: runtime)
  }

  init(apiPort: UInt16, dnsPort: UInt16, zone: String, runtime: String) {
    self.apiPort = apiPort
    self.dnsPort = dnsPort
    self.zone = zone
    self.runtime = runtime
  }
}
