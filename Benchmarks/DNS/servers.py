# SPDX-License-Identifier: Apache-2.0
"""The servers, and how each is told what to serve: the same names, one worker, 127.0.0.1 only."""

import subprocess

import names
from ports import HOST
from server import Server


def _first_line(*command):
    result = subprocess.run(command, capture_output=True, text=True)
    return (result.stdout + result.stderr).strip().splitlines()[0]


class Callsign(Server):
    name = "Callsign"
    program = "callsign"

    def __init__(self, cluster, folder, port, program=None, workers=1):
        super().__init__(cluster, folder, port, program)
        self.objects = self.folder.parent / "objects.yaml"
        self.workers = workers

    def command(self):
        return [
            self.path, "dns", "--objects", self.objects, "--listen", f"{HOST}:{self.port}",
            "--workers", self.workers, "--server-addresses", names.NAME_SERVER, "--pod-names", "disabled",
            "--metrics", "off", "--health", "off", "--ready", "off",
        ]

    def version(self):
        return "this version"


class NSD(Server):
    name = "NSD"
    program = "nsd"

    def configure(self):
        (self.folder / "nsd.conf").write_text(f"""
server:
  ip-address: {HOST}@{self.port}
  server-count: 1
  username: ""
  zonesdir: "{self.folder}"
  database: ""
  zonelistfile: "{self.folder}/zone.list"
  xfrdfile: "{self.folder}/xfrd.state"
  xfrdir: "{self.folder}"
  pidfile: "{self.folder}/nsd.pid"
  minimal-responses: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: {names.ZONE}
  zonefile: "{self.zone_file()}"
""")

    def command(self):
        return [self.path, "-d", "-c", self.folder / "nsd.conf"]

    def version(self):
        return _first_line(self.path, "-v").split()[-1]


class Knot(Server):
    name = "Knot"
    program = "knotd"

    def configure(self):
        (self.folder / "knot.conf").write_text(f"""
server:
  rundir: "{self.folder}"
  listen: {HOST}@{self.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: "{self.folder}"
zone:
  - domain: {names.ZONE}
    file: "{self.zone_file()}"
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
""")

    def command(self):
        return [self.path, "-c", self.folder / "knot.conf"]

    def version(self):
        return _first_line(self.path, "--version").split()[-1]


class Unbound(Server):
    name = "unbound"
    program = "unbound"
    is_resolver = True

    def configure(self):
        (self.folder / "unbound.conf").write_text(f"""
server:
  interface: {HOST}@{self.port}
  port: {self.port}
  num-threads: 1
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: "{self.folder}/unbound.pid"
  do-daemonize: no
  use-syslog: no
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
  minimal-responses: yes
remote-control:
  control-enable: no
auth-zone:
  name: {names.ZONE}
  zonefile: "{self.zone_file()}"
  for-upstream: no
  for-downstream: yes
""")

    def command(self):
        return [self.path, "-d", "-p", "-c", self.folder / "unbound.conf"]

    def version(self):
        return _first_line(self.path, "-V").split()[-1]


class Dnsmasq(Server):
    """It has the addresses only: no SRV, and no name that merely has others below it."""

    name = "dnsmasq"
    program = "dnsmasq"
    is_authority = False
    is_resolver = True

    def is_comparable(self, name, kind, ours):
        if not super().is_comparable(name, kind, ours) or kind not in ("A", "AAAA") or ours is None:
            return False
        return bool(ours.sections[0]) or ours.code != 0 or kind == "AAAA"

    def configure(self):
        self.cluster.write_hosts(self.folder / "hosts")

    def command(self):
        return [
            self.path, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
            f"--port={self.port}", f"--listen-address={HOST}", "--bind-interfaces", "--user=root", "--group=root",
            f"--addn-hosts={self.folder}/hosts", f"--local=/{names.ZONE}/", f"--local-ttl={names.TTL}",
            f"--pid-file={self.folder}/pid", "--log-facility=-",
        ]

    def version(self):
        return _first_line(self.path, "--version").split()[2]


class CoreDNS(Server):
    """Where there is one. Its `file` plugin serves the same zone file; the `kubernetes` plugin would need a cluster."""

    name = "CoreDNS"
    program = "coredns"

    def configure(self):
        (self.folder / "Corefile").write_text(
            f"{names.ZONE}:{self.port} {{\n  bind {HOST}\n  file {self.zone_file()}\n}}\n")

    def command(self):
        return ["env", "GOMAXPROCS=1", self.path, "-conf", self.folder / "Corefile"]

    def version(self):
        return _first_line(self.path, "-version")


OTHERS = [NSD, Knot, Dnsmasq, Unbound, CoreDNS]
