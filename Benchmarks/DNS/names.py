# SPDX-License-Identifier: Apache-2.0
"""One set of names in every form that a server takes: objects, a zone file, a hosts file; and questions for it."""

import json
import random
from dataclasses import dataclass

ZONE = "cluster.local"
TTL = 5
NAME_SERVER = "10.96.0.10"
PORT = 80
SLICE_SIZE = 100  # endpoints of one EndpointSlice at most, as Kubernetes writes them
SEED = 7

# What clients ask, in per cent: the rest are names that a search path makes and that do not exist.
MIX = {"service A": 70, "headless A": 10, "pod A": 10, "service AAAA": 5}


@dataclass(frozen=True)
class Cluster:
    """`services` with a ClusterIP, `headless` with `per` named, ready endpoints each, over `namespaces`."""

    services: int = 1000
    headless: int = 100
    per: int = 10
    namespaces: int = 10

    def service(self, index):
        return f"svc-{index}.ns-{index % self.namespaces}.svc.{ZONE}"

    def headless_service(self, index):
        return f"hs-{index}.ns-{index % self.namespaces}.svc.{ZONE}"

    @staticmethod
    def cluster_ip(index):
        return f"10.{97 + (index >> 16)}.{index >> 8 & 255}.{index & 255}"

    def endpoint_ip(self, index, pod):
        number = index * self.per + pod
        return f"10.{128 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"

    # Objects, for Callsign.

    def objects(self):
        for index in range(self.namespaces):
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"ns-{index}"}}
        for index in range(self.services):
            ip = self.cluster_ip(index)
            yield self._service(f"svc-{index}", index, {"clusterIP": ip, "clusterIPs": [ip]})
        for index in range(self.headless):
            yield self._service(f"hs-{index}", index, {"clusterIP": "None", "clusterIPs": ["None"]})
            for start in range(0, self.per, SLICE_SIZE):
                yield self._slice(index, range(start, min(start + SLICE_SIZE, self.per)))

    def _service(self, name, index, addresses):
        ports = [{"name": "http", "port": PORT, "protocol": "TCP"}]
        return {
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": name, "namespace": f"ns-{index % self.namespaces}"},
            "spec": {"ports": ports} | addresses,
        }

    def _slice(self, index, pods):
        namespace = f"ns-{index % self.namespaces}"
        endpoints = [
            {
                "addresses": [self.endpoint_ip(index, pod)], "hostname": f"pod-{pod}", "nodeName": "n0",
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "targetRef": {"kind": "Pod", "namespace": namespace, "name": f"pod-{pod}"},
            }
            for pod in pods
        ]
        return {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {
                "name": f"hs-{index}-{pods.start // SLICE_SIZE}", "namespace": namespace,
                "labels": {"kubernetes.io/service-name": f"hs-{index}", "service.kubernetes.io/headless": ""},
            },
            "endpoints": endpoints, "ports": [{"name": "http", "port": PORT, "protocol": "TCP"}],
        }

    def write_objects(self, path):
        """Manifests: each document is JSON, which is YAML too."""
        with open(path, "w") as file:
            for item in self.objects():
                file.write("---\n" + json.dumps(item) + "\n")

    # Records, for the others.

    def addresses(self):
        """(name, address) of every A record but the name server's."""
        for index in range(self.services):
            yield self.service(index), self.cluster_ip(index)
        for index in range(self.headless):
            for pod in range(self.per):
                yield self.headless_service(index), self.endpoint_ip(index, pod)
                yield f"pod-{pod}.{self.headless_service(index)}", self.endpoint_ip(index, pod)

    def targets(self):
        """(name, target) of every SRV record, both for the port's name and for the Service's own."""
        for index in range(self.services):
            name = self.service(index)
            yield from ((owner, name) for owner in (f"_http._tcp.{name}", name))
        for index in range(self.headless):
            name = self.headless_service(index)
            for pod in range(self.per):
                yield from ((owner, f"pod-{pod}.{name}") for owner in (f"_http._tcp.{name}", name))

    def write_zone(self, path, serial):
        """A zone file (RFC 1035 section 5)."""
        with open(path, "w") as file:
            # Each record with its TTL: programs differ in what they take for granted after one that has its own.
            file.write(f"{ZONE}. {TTL} SOA ns.dns.{ZONE}. hostmaster.{ZONE}. {serial} 7200 1800 86400 {TTL}\n")
            file.write(f"{ZONE}. {TTL} NS ns.dns.{ZONE}.\nns.dns.{ZONE}. {TTL} A {NAME_SERVER}\n")
            file.write(f'dns-version.{ZONE}. 28800 TXT "1.1.0"\n')
            for name, address in self.addresses():
                file.write(f"{name}. {TTL} A {address}\n")
            for name, target in self.targets():
                file.write(f"{name}. {TTL} SRV 0 0 {PORT} {target}.\n")

    def write_hosts(self, path):
        with open(path, "w") as file:
            file.write(f"{NAME_SERVER} ns.dns.{ZONE}\n")
            for name, address in self.addresses():
                file.write(f"{address} {name}\n")

    # Questions.

    def load_questions(self, count):
        """What pods ask all day: (name, type)."""
        choice = random.Random(SEED)
        for _ in range(count):
            point = choice.random() * 100
            service, headless = choice.randrange(self.services), choice.randrange(self.headless)
            pod = choice.randrange(self.per)
            for kind, share in MIX.items():
                point -= share
                if point < 0:
                    break
            else:
                kind = "missing"
            if kind == "service A":
                yield self.service(service), "A"
            elif kind == "headless A":
                yield self.headless_service(headless), "A"
            elif kind == "pod A":
                yield f"pod-{pod}.{self.headless_service(headless)}", "A"
            elif kind == "service AAAA":
                yield self.service(service), "AAAA"
            else:
                yield f"{self.service(service)}.ns-{headless % self.namespaces}.svc.{ZONE}", "A"

    def agreement_questions(self, count):
        """Every kind of name and of answer: (name, type)."""
        fixed = [
            (ZONE, "SOA"), (ZONE, "NS"), (ZONE, "A"), (ZONE, "TXT"), (f"dns-version.{ZONE}", "TXT"),
            (f"dns-version.{ZONE}", "A"), (f"ns.dns.{ZONE}", "A"), (f"ns.dns.{ZONE}", "AAAA"), (f"dns.{ZONE}", "A"),
            (f"svc.{ZONE}", "A"), (f"ns-0.svc.{ZONE}", "A"), (f"ns-none.svc.{ZONE}", "A"), (f"x.{ZONE}", "SOA"),
            (f"a.svc.ns-none.svc.{ZONE}", "A"), ("example.com", "A"),
        ]
        yield from fixed
        choice = random.Random(SEED + 1)
        load = list(self.load_questions(count))
        for name, kind in load[len(fixed):]:
            point = choice.random()
            if point < 0.1:
                yield name, choice.choice(["SRV", "TXT", "MX", "CNAME", "AAAA"])
            elif point < 0.2:
                yield f"_http._tcp.{name}", "SRV"
            elif point < 0.25:
                yield f"_tcp.{name}", choice.choice(["A", "SRV"])
            elif point < 0.3:
                yield f"x{choice.randrange(99)}.{name}", "A"
            else:
                yield "".join(choice.choice([c, c.upper()]) for c in name), kind
