// SPDX-License-Identifier: Apache-2.0
import KubeModel
import LinuxSystem
import Logging

extension OCIBackend {
  /// Octets of a container's log that are kept.
  private static let maximumLog = 16 << 20
  /// Octets of what conmon says of a container that it made.
  private static let maximumReport = 8192
  /// How long a post-start hook may take. The container does not count as running before its end.
  private static let startHookLimit: Duration = .seconds(300)
  /// conmon reads its arguments by the locale, and refuses paths that are no text in it.
  private static let environment = ["PATH=" + AgentProcess.searchPath, "LC_ALL=C.UTF-8", "_OCI_SYNCPIPE=3"]
  private static let terminate = "TERM"
  private static let killSignal = "KILL"

  func start(_ id: ContainerID, of pod: Pod, address: String) async throws(RuntimeError) {
    guard let container = (pod.initContainers + pod.containers).first(where: { $0["name"]?.string == id.name }) else {
      throw RuntimeError(.configuration, "the pod has no container \(id.name)")
    }
    try MissingParts.check(pod, nodeLabels: source.object(.nodes, name: pod.nodeName)?.metadata.labels ?? [:])
    let builder = ContainerBuilder(
      pod: pod, identity: PodIdentity(pod: pod, clusterDomain: clusterDomain), paths: paths,
      sources: sources(for: pod, address: address), volumes: volumes(of: pod))
    let (built, parts) = try builder.configuration(of: container)
    var configuration = built
    if id.attempt > 0 { await cleanUp(ContainerID(pod: id.pod, name: id.name, attempt: id.attempt - 1)) }
    if id.attempt > 1 { await discard(ContainerID(pod: id.pod, name: id.name, attempt: id.attempt - 2)) }
    let directory = paths.container(id)
    let mountPoints = (container["volumeMounts"]?.array ?? []).compactMap { $0["mountPath"]?.string }
    configuration.mounts = try system { () throws(SystemError) in
      try Files.removeTree(directory)
      try Files.makeDirectory(directory, mode: 0o755)
      try forgetExit(of: id)
      return try HostImage.unpack(into: directory, mountPoints: mountPoints)
    } + configuration.mounts
    try system { [configuration] () throws(SystemError) in
      try Files.write(configuration.json.encoded(), to: directory + "/config.json")
    }
    try note(id, startedAt: nil)
    try await mount(parts)
    try await create(id, in: directory)
    do throws(RuntimeError) {
      let result = try await agent.run(runtime.command("start", id.text))
      guard result.isSuccess else { throw RuntimeError(.container, runtime.reason(result.complaint)) }
    } catch {
      await deleteContainer(id)
      throw error
    }
    if let hook = container["lifecycle"]?["postStart"], !hook.isNull {
      let answer = await carryOut(
        hook, of: id, ports: container["ports"], address: address, within: Self.startHookLimit)
      guard answer.isSuccess else {
        await deleteContainer(id)
        throw RuntimeError(.container, "lifecycle.postStart: \(answer.message)")
      }
    }
    try note(id, startedAt: time)
  }

  private func mount(_ parts: [VolumePart]) async throws(RuntimeError) {
    if parts.isEmpty { return }
    let result = try await agent.run([executable, VolumePartProcess.subcommand] + parts.flatMap(\.arguments))
    guard result.isSuccess else { throw RuntimeError(.configuration, result.complaint) }
  }

  private func sources(for pod: Pod, address: String) -> ContainerEnvironment.Sources {
    var services = source.objects(.services, namespace: pod.metadata.namespace).map(Service.init)
    if pod.metadata.namespace != "default",
      let api = source.object(.services, namespace: "default", name: "kubernetes")
    {
      services.append(Service(api))
    }
    return ContainerEnvironment.Sources(
      pod: pod, podAddresses: [address], nodeAddress: nodeAddress, services: services,
      map: { [source] resource, name in
        source.object(resource, namespace: pod.metadata.namespace, name: name)
      })
  }

  /// Has conmon make the container. conmon stays with it until it ends.
  private func create(_ id: ContainerID, in directory: String) async throws(RuntimeError) {
    let (reading, writing) = try system { () throws(SystemError) in try Descriptor.pipe() }
    let (null, log) = try system { () throws(SystemError) in
      (try Descriptor.null(), try Descriptor.openForAppending(paths.agentLog))
    }
    var arguments = [
      runtime.conmon, "--cid", id.text, "--cuuid", id.text, "--name", id.text, "--runtime", runtime.program,
    ]
    for argument in runtime.options { arguments += ["--runtime-arg", argument] }
    arguments += [
      "--bundle", directory, "--persist-dir", directory, "--container-pidfile", directory + "/pid",
      "--log-path", "k8s-file:" + directory + "/log", "--log-size-max", String(Self.maximumLog),
      "--exit-dir", paths.exits, "--socket-dir-path", paths.attach, "--no-sync-log",
    ]
    let image = ProcessImage(
      arguments, environment: Self.environment, directory: directory,
      leadsSession: true)
    let program = try await agent.start(image, descriptors: [null, log, log, writing])
    // Only conmon's end stays open: where it ends early, the pipe does.
    writing.closeEarly()
    let report = await withTimeout(NodeAgent.standardLimit) {
      try? await reading.readLine(limit: Self.maximumReport)
    } ?? nil
    guard let report else {
      agent.signal(program, 9)
      await deleteContainer(id)
      throw RuntimeError(
        .container, "the container was not made within \(NodeAgent.standardLimit); see \(paths.agentLog)")
    }
    _ = try await agent.status(of: program)
    let answer = try? JSONParser.parse(report)
    // Older versions of conmon say `pid`, newer ones `data`.
    guard let process = answer?["pid"]?.int ?? answer?["data"]?.int, process > 0 else {
      // The next attempt has the same name.
      await deleteContainer(id)
      let message = answer?["message"]?.string ?? "conmon ended without a word; see \(paths.agentLog)"
      throw RuntimeError(.container, runtime.reason(message))
    }
  }

  func stop(_ id: ContainerID, of pod: Pod, grace: Duration) async {
    let container = (pod.initContainers + pod.containers).first { $0["name"]?.string == id.name }
    if let hook = container?["lifecycle"]?["preStop"], !hook.isNull {
      let answer = await carryOut(
        hook, of: id, ports: container?["ports"], address: address(of: id.pod), within: grace)
      if !answer.isSuccess { logger.warning("\(id): preStop: \(answer.message)") }
    }
    await signal(id, Self.terminate)
    await noticeSilentEnd(of: id)
  }

  func kill(_ id: ContainerID) async {
    await signal(id, Self.killSignal)
    await noticeSilentEnd(of: id)
  }

  /// Does what a hook says (Kubernetes: "Container Lifecycle Hooks"): a command, a request, or a pause.
  private func carryOut(
    _ hook: JSONValue, of id: ContainerID, ports: JSONValue?, address: String, within limit: Duration
  ) async -> ProbeAnswer {
    if let seconds = hook["sleep"]?["seconds"]?.int {
      try? await ContinuousClock().sleep(for: min(.seconds(seconds), limit))
      return .success
    }
    let question = Probe.question(hook, ports: ports?.array ?? [])
    return await ask(Probe(question, timeout: limit), of: id, address: address)
  }

  private func signal(_ id: ContainerID, _ name: String) async {
    do {
      let result = try await agent.run(runtime.command("kill", id.text, name))
      if !result.isSuccess { logger.debug("\(id): \(result.complaint)") }
    } catch {
      logger.debug("\(id): \(error)")
    }
  }
}

extension Descriptor {
  /// What comes through a pipe up to the end of the first line, or of the pipe.
  func readLine(limit: Int) async throws(RuntimeError) -> String {
    var bytes: [UInt8] = []
    do {
      try setNonblocking(true)
      while bytes.count < limit, !bytes.contains(UInt8(ascii: "\n")),
        try await Poller.shared.wait(for: .readable, of: self)
      {
        let part = try read(upTo: limit - bytes.count)
        if part.isEmpty { break }
        bytes += part
      }
    } catch {
      throw RuntimeError(error)
    }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}

/// Runs `body` for at most some time, then cancels it.
/// - Returns: nil where it took too long.
@discardableResult
func withTimeout<Result: Sendable>(
  _ time: Duration, _ body: @escaping @Sendable () async -> Result
) async -> Result? {
  await withTaskGroup(of: Result?.self) { group in
    group.addTask { await body() }
    group.addTask {
      try? await ContinuousClock().sleep(for: time)
      return nil
    }
    let first = await group.next() ?? nil
    group.cancelAll()
    return first
  }
}
