// SPDX-License-Identifier: Apache-2.0
import LinuxSystem

/// The user namespace in which an ordinary user is root over the cluster's other namespaces, and nowhere else.
enum UserNamespace {
  /// Enters a new user namespace: the caller's user is 0 there, and the ids that the system gave the user for this
  /// purpose are 1 and up, as newuidmap(1) allows. Only for a process with one thread.
  static func enter() throws(RuntimeError) {
    let maps = try requirements()
    let (waiting, ready) = try system { () throws(SystemError) in try Descriptor.pipe() }
    let agent = ChildProcess.identifier
    // The maps have to be written from outside: by a process that stays where it is until this one has moved.
    let helper = try system { () throws(SystemError) in try ChildProcess.fork() }
    if helper == 0 {
      ready.closeEarly()
      _ = try? waiting.read(upTo: 1)
      for map in maps {
        let status = try? ChildProcess.run(map.image(of: agent), output: Descriptor.standardOutput)
        guard status == 0 else { ChildProcess.exit(1) }
      }
      ChildProcess.exit(0)
    }
    do {
      try Namespaces.unshare(.user)
    } catch {
      throw RuntimeError(.unsupported, remedyForRefusal(error))
    }
    ready.closeEarly()
    let status = try system { () throws(SystemError) in try ChildProcess.wait(for: helper) }
    guard status == 0 else {
      throw RuntimeError(.unsupported, "newuidmap or newgidmap refused the ranges of /etc/subuid and /etc/subgid")
    }
    try system { () throws(SystemError) in try Namespaces.becomeRoot() }
  }

  /// One map, by the program that may write it.
  struct Map {
    var program: String
    var own: UInt32
    var subordinate: SubordinateIDs

    func image(of process: Int32) -> ProcessImage {
      ProcessImage([
        program, String(process), "0", String(own), "1", "1", String(subordinate.start),
        String(min(subordinate.count, SubordinateIDs.needed)),
      ])
    }
  }

  /// What has to be there for an ordinary user.
  /// - Throws: what is missing, and what to do.
  static func requirements() throws(RuntimeError) -> [Map] {
    var maps: [Map] = []
    let kinds = [
      ("newuidmap", "/etc/subuid", ChildProcess.user, "usermod --add-subuids 100000-165535"),
      ("newgidmap", "/etc/subgid", ChildProcess.group, "usermod --add-subgids 100000-165535"),
    ]
    for (name, file, own, remedy) in kinds {
      guard let program = Files.program(name, searchPath: AgentProcess.searchPath) else {
        throw RuntimeError(.unsupported, "the program \(name) is missing: apt-get install uidmap")
      }
      guard let range = SubordinateIDs.ofCurrentUser(file: file) else {
        let user = SubordinateIDs.userName(ChildProcess.user) ?? String(ChildProcess.user)
        throw RuntimeError(
          .unsupported, "\(file) gives the user \(user) no \(SubordinateIDs.needed) ids: sudo \(remedy) \(user)")
      }
      maps.append(Map(program: program, own: own, subordinate: range))
    }
    return maps
  }

  /// The settings by which systems forbid user namespaces, and how they are turned on.
  private static let switches = [
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
    (
      "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
      "sysctl kernel.apparmor_restrict_unprivileged_userns=0"
    ),
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=65536"),
  ]

  /// The switch that is set to forbid user namespaces, as the command that allows them.
  static var forbiddingSwitch: String? {
    switches.first { path, forbidding, _ in
      (try? Files.readText(path))?.filter { !$0.isWhitespace } == forbidding
    }?.2
  }

  private static func remedyForRefusal(_ error: SystemError) -> String {
    let remedy = forbiddingSwitch.map { ": sudo \($0)" } ?? ", perhaps by the container that this runs in"
    return "user namespaces are not allowed here (\(error.reason))\(remedy)"
  }
}
