// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Naming
import Observability

extension Setting {
  /// Every setting, in the order in which they are documented.
  package static let all: [Setting] =
    serving + kubernetes + names + comfort + transports + protection + forwarding + cache + transfer + operation

  private static let serving: [Setting] = [
    listeners(
      "listen", \.listen, port: Upstream.standardPort,
      "Where DNS is served over UDP and TCP. :PORT means every address of both families; port 0 takes a free one."),
    number(
      "workers", "N", \.workers, in: 1...256, live: false,
      "Threads that answer over UDP, for each address. One serves several 100,000 questions a second."),
    Setting(
      "objects", "PATH…", default: [], live: false,
      "Manifest files, or folders of them, whose Services, EndpointSlices, Namespaces, Pods and StatefulSets are "
        + "served, in place of those of a cluster. Read again when they change."
    ) { value, settings throws(ValueMistake) in settings.objects = value.items },
    number(
      "lameduck", "SECONDS", \.server.lameduckSeconds, in: DNSServerSettings.lameduckTimes,
      "How long answers go on, from live data, after SIGTERM, with readiness off."),
    choice(
      "logLevel", "LEVEL", \.logLevel,
      "What is written to standard error: error, warning, info, debug or trace."),
  ]

  private static let names: [Setting] = [
    Setting(
      "zone", "DOMAIN", default: ["cluster.local"],
      "The cluster's domain; at most \(SettingValue.maximumZoneCharacters) characters, so that all names below it fit."
    ) { value, settings throws(ValueMistake) in settings.naming.zone = try value.zone() },
    number(
      "ttl", "SECONDS", \.naming.ttl, in: NamingSettings.ttlRange,
      "How long clients may remember an answer."),
    number(
      "negativeTtl", "SECONDS", \.naming.negativeTTL, in: 0...NamingSettings.maximumNegativeTTL,
      "How long clients may remember that a name does not exist."),
    choice(
      "podNames", "MODE", \.naming.podNames,
      "What 10-244-0-7.NAMESPACE.pod.ZONE answers: disabled, insecure (any address) or verified (a live pod's)."),
    boolean(
      "reverse", \.naming.answersReverse, "Whether addresses of Services and endpoints have PTR records."),
    boolean(
      "allReverseNames", \.naming.givesAllReverseNames,
      "Whether an address that several Services share gets a PTR record for each, not those with a hostname alone."),
    Setting(
      "serverAddresses", "ADDRESS…", default: [],
      "The addresses of ns.dns.ZONE: this server as its clients reach it."
    ) { value, settings throws(ValueMistake) in settings.naming.serverAddresses = try value.serverAddresses() },
  ]

  private static let comfort: [Setting] = [
    number(
      "hold.time", "MILLISECONDS", \.server.hold.milliseconds, in: HoldSettings.times,
      "How long a question for a pod's name that is to come may wait for it; 0 for not at all. "
        + "Needs StatefulSets or Pods among the objects."),
    number(
      "hold.maxQuestions", "N", \.server.hold.maximumQuestions, in: HoldSettings.questionCounts,
      "Questions that may wait so at one time; further ones are answered at once."),
    boolean(
      "searchCompletion", \.server.completesNames,
      "Whether the server goes on along the search path of the pod that asks, so that one question is enough. Needs "
        + "Pods among the objects."),
  ]

  private static let transfer: [Setting] = [
    ranges("transfer.allow", \.server.transfer.allowedPeers, "Who may have the whole zone (AXFR, IXFR)."),
    number(
      "transfer.maxConcurrent", "N", \.server.transfer.maximumConcurrent, in: TransferSettings.concurrencyRange,
      "Transfers at one time; a further one gets SERVFAIL."),
    number(
      "transfer.maxTime", "SECONDS", \.server.transfer.maximumSeconds, in: TransferSettings.durationRange,
      "How long one transfer may take."),
    Setting(
      "notify.peers", "ADDRESS…", default: [],
      "Secondaries that are told when the zone changes (NOTIFY): ADDRESS or ADDRESS:PORT."
    ) { value, settings throws(ValueMistake) in settings.notify.peers = try value.upstreams() },
    number(
      "notify.interval", "SECONDS", \.notify.intervalSeconds, in: NotifySettings.intervalRange,
      "The time between two messages to one secondary at least."),
    number(
      "notify.maxTries", "N", \.notify.maximumTries, in: NotifySettings.triesRange,
      "Messages about one change at most, each after twice the time of the one before."),
  ]

  private static let operation: [Setting] = [
    observed("metrics", .metrics, "Where /metrics is served over HTTP, for Prometheus; off for nowhere."),
    boolean(
      "explain", \.explains,
      "Whether /explain, beside /metrics, says to whoever reaches it why a name answers as it does."),
    observed("health", .health, "Where /health is served over HTTP: that the program lives; off for nowhere."),
    observed(
      "ready", .ready,
      "Where /ready is served over HTTP: that names are known, and no shutdown has begun; off for nowhere."),
  ]
}
