// SPDX-License-Identifier: Apache-2.0
import DNSServer
import DNSWire
import Naming

extension Setting {
  /// Every setting, in the order in which they are documented.
  package static let all: [Setting] = serving + names + comfort + forwarding

  private static let serving: [Setting] = [
    Setting(
      "listen", "ADDRESS:PORT…", default: [":53"], live: false,
      "Where DNS is served over UDP and TCP. :PORT means every address of both families; port 0 takes a free one."
    ) { value, settings throws(ValueMistake) in
      settings.listen = try value.map { text throws(ValueMistake) in
        guard let address = ListenAddress(text, defaultPort: Upstream.standardPort) else {
          throw ValueMistake(found: text, allowed: "ADDRESS:PORT, ADDRESS or :PORT")
        }
        return address
      }
    },
    Setting(
      "workers", "N", default: ["1"], live: false,
      "Threads that answer over UDP, for each address; 1 to 256. One serves several 100,000 questions a second."
    ) { value, settings throws(ValueMistake) in settings.workers = try value.number(in: 1...256) },
    Setting(
      "objects", "PATH…", default: [], live: false,
      "Manifest files, or folders of them, whose Services, EndpointSlices, Namespaces and Pods are served. Read again "
        + "when they change."
    ) { value, settings throws(ValueMistake) in settings.objects = value.items },
    Setting(
      "logLevel", "LEVEL", default: ["info"], live: false,
      "What is written to standard error: error, warning, info, debug or trace."
    ) { value, settings throws(ValueMistake) in settings.logLevel = try value.choice(ConfigurationLogLevel.self) },
    Setting(
      "lameduck", "SECONDS", default: ["5"],
      "How long answers go on, from live data, after SIGTERM, with readiness off; 0 to 600 seconds."
    ) { value, settings throws(ValueMistake) in
      settings.server.lameduckSeconds = try value.number(in: DNSServerSettings.lameduckTimes)
    },
    Setting(
      "payloadSize", "OCTETS", default: ["1232"],
      "The largest answer over UDP, 512 to 4096 octets, where the client takes it."
    ) { value, settings throws(ValueMistake) in settings.server.payloadSize = try value.number(in: 512...4096) },
  ]

  private static let names: [Setting] = [
    Setting("zone", "DOMAIN", default: ["cluster.local"], live: false, "The cluster's domain.") {
      value, settings throws(ValueMistake) in settings.naming.zone = try value.name().lowercased
    },
    Setting(
      "ttl", "SECONDS", default: ["5"], live: false, "How long clients may remember an answer; 0 to 3600 seconds."
    ) { value, settings throws(ValueMistake) in settings.naming.ttl = try value.number(in: NamingSettings.ttlRange) },
    Setting(
      "negativeTtl", "SECONDS", default: ["5"], live: false,
      "How long clients may remember that a name does not exist; 0 to 30 seconds."
    ) { value, settings throws(ValueMistake) in
      settings.naming.negativeTTL = try value.number(in: 0...NamingSettings.maximumNegativeTTL)
    },
    Setting(
      "podNames", "MODE", default: ["insecure"], live: false,
      "What 10-244-0-7.NAMESPACE.pod.ZONE answers: disabled, insecure (any address) or verified (a live pod's)."
    ) { value, settings throws(ValueMistake) in
      settings.naming.podNames = try value.choice(NamingSettings.PodNames.self)
    },
    Setting("reverse", "BOOLEAN", default: ["true"], live: false, "Whether addresses of Services and endpoints have PTR records.") {
      value, settings throws(ValueMistake) in settings.naming.answersReverse = try value.boolean()
    },
    Setting(
      "allReverseNames", "BOOLEAN", default: ["false"], live: false,
      "Whether an address that several Services share gets a PTR record for each, not those with a hostname alone."
    ) { value, settings throws(ValueMistake) in settings.naming.givesAllReverseNames = try value.boolean() },
    Setting(
      "serverAddresses", "ADDRESS…", default: [], live: false,
      "The addresses of ns.dns.ZONE: this server as its clients reach it."
    ) { value, settings throws(ValueMistake) in settings.naming.serverAddresses = try value.addresses() },
  ]

  private static let comfort: [Setting] = [
    Setting(
      "hold.time", "MILLISECONDS", default: ["0"],
      "How long a question for a pod's name that does not exist yet, but is to come, may wait for it, over UDP, TCP and "
        + "TLS; 0 to 5000 milliseconds, 0 for not at all. Needs StatefulSets or Pods among the objects."
    ) { value, settings throws(ValueMistake) in
      settings.server.hold.milliseconds = try value.number(in: HoldSettings.times)
    },
    Setting(
      "hold.maxQuestions", "N", default: ["1000"],
      "Questions that may wait so at one time, 1 to 100000; further ones are answered at once."
    ) { value, settings throws(ValueMistake) in
      settings.server.hold.maximumQuestions = try value.number(in: HoldSettings.questionCounts)
    },
    Setting(
      "searchCompletion", "BOOLEAN", default: ["false"],
      "Whether the server goes on along the search path of the pod that asks, so that one question is enough. Needs Pods "
        + "among the objects."
    ) { value, settings throws(ValueMistake) in settings.server.completesNames = try value.boolean() },
  ]

  private static let forwarding: [Setting] = [
    Setting(
      "forward.upstreams", "ADDRESS…", default: [],
      "Resolvers for names outside the zone: ADDRESS, ADDRESS:PORT, or the path of a resolv.conf. None: such names are "
        + "refused."
    ) { value, settings throws(ValueMistake) in settings.server.forwarding.upstreams = try value.upstreams() }
  ]
}
