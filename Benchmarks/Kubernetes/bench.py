#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures `callsign dns` on an API server: how soon it answers, its memory, and how soon a change is answered.

The API server is `callsign up --runtime none`, in a folder of its own; both run on this machine and speak over the
network. Prints tables; ends with 1 if a bar is missed.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import api
import programs
import propagation
import watching
from cluster import Cluster

BARS = {"start": 0.6, "memory": 60.0, "peak": 1.3, "p50": 0.5, "p99": 5.0, "busy": 5.0}
PROTOBUF = "application/vnd.kubernetes.protobuf"
LOADERS = 8  # connections that objects are made by
LOAD_SECONDS = 5
# Seconds in which all is read again, after a restart of the API server.
RELIST_LIMIT = 30
WRITERS = 4  # of changes that come together
MEMORY = "/dev/shm"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the callsign binary")
    parser.add_argument("--services", type=int, default=10_000, help="headless Services")
    parser.add_argument("--per", type=int, default=15, help="endpoints of each")
    parser.add_argument("--namespaces", type=int, default=10)
    parser.add_argument("--starts", type=int, default=5, help="times that the name server is started")
    parser.add_argument("--rounds", type=int, default=500, help="changes that come one after the other")
    parser.add_argument("--rate", type=int, default=1000, help="changes a second that come together")
    parser.add_argument("--seconds", type=float, default=10, help="of these")
    parser.add_argument("--folder", default=MEMORY if Path(MEMORY).is_dir() else None,
                        help="for the API server's data; by default in memory, as it is not the disk that is measured")
    parser.add_argument("--api-only", action="store_true", help="the API server alone")
    return parser.parse_args()


def load(cluster, server):
    """Makes the objects. Returns their number and the seconds that it took."""
    jobs, lock, failures, start = iter(cluster.creations()), threading.Lock(), [], time.monotonic()
    count = 0

    def work():
        nonlocal count
        connection = api.Connection(server.socket)
        try:
            while not failures:
                with lock:
                    job = next(jobs, None)
                    count += job is not None
                if job is None:
                    return
                connection.write("POST", *job)
        except Exception as failure:  # told by the thread that waits
            failures.append(failure)
        finally:
            connection.close()

    # Namespaces first: everything else needs its own.
    connection = api.Connection(server.socket)
    for path, body in (next(jobs) for _ in range(cluster.namespaces)):
        connection.write("POST", path, body)
    connection.close()
    threads = [threading.Thread(target=work) for _ in range(LOADERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return count + cluster.namespaces, time.monotonic() - start


def read_lists(server):
    """What a whole list of EndpointSlices costs its first reader and later ones."""
    path, rows = "/apis/discovery.k8s.io/v1/endpointslices", []
    for title, accept in [("protobuf, first", PROTOBUF), ("protobuf, again", PROTOBUF), ("JSON", "application/json")]:
        connection = api.Connection(server.socket)
        cpu, start = server.cpu(), time.perf_counter()
        status, body = connection.request("GET", path, accept=accept)
        end = time.perf_counter()
        if status != 200:
            raise RuntimeError(f"{path}: {status}")
        rows.append([
            title, f"{len(body) / 2**20:.1f}", f"{(connection.first - start) * 1000:.0f}",
            f"{(end - start) * 1000:.0f}", f"{(server.cpu() - cpu) * 1000:.0f}",
        ])
        connection.close()
    return rows


def watch_events(options, cluster, server):
    """How soon events of writes are told, of one writer and of several with several watchers."""
    rows = []
    for title, rate, writers, watchers in [("1 writer, 1 watcher", 200, 1, 1),
                                           ("4 writers, 4 watchers", options.rate, 4, 4)]:
        cpu = server.cpu()
        times, found, missing = watching.measure(cluster, server, rate, options.seconds, writers, watchers)
        used = (server.cpu() - cpu) / options.seconds * 100
        rows.append([title, f"{found:,.0f}", f"{percentile(times, 0.5):.2f}", f"{percentile(times, 0.99):.2f}", missing,
                     f"{used:.0f}"])
    return rows


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))]


def memory_under_load(dns, cluster, folder):
    """MiB while many questions are asked; nil without dnsperf."""
    if not shutil.which("dnsperf"):
        return None
    questions = folder / "questions"
    with open(questions, "w") as file:
        for service in range(0, cluster.services, max(1, cluster.services // 20_000)):
            file.write(f"{cluster.service_name(service)} A\n{cluster.pod_name(service, 1)} A\n")
    load = subprocess.Popen(
        ["dnsperf", "-s", programs.HOST, "-p", str(dns.port), "-d", str(questions), "-l", str(LOAD_SECONDS), "-c",
         "16"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most = (0.0, 0.0)
    while load.poll() is None:
        most = max(most, dns.memory())
        time.sleep(0.2)
    return most


def peak_at_relist(server, dns, cluster):
    """Peak of resident memory ÷ what it was, while the name server reads everything again."""
    steady = dns.memory()[0]
    # A version that the restarted API server knows, and the name server's watches do not: they have to list again.
    connection = api.Connection(server.socket)
    connection.write("POST", "/api/v1/namespaces/ns-0/configmaps", b'{"metadata":{"generateName":"bench-"}}')
    connection.close()
    dns.forget_peak()
    server.kill()
    server.start()
    connection = api.Connection(server.socket)
    with programs.Asker(dns.port) as asker:
        time_to_answer = propagation.change(cluster, connection, asker, 3, 1 << 22)
    connection.close()
    if time_to_answer == float("inf"):
        raise RuntimeError("after a restart of the API server a change is not answered")
    # A list counts when it is whole, which is after its first changes are answered.
    for kind in ("services", "endpointslices"):
        end = time.monotonic() + RELIST_LIMIT
        while not dns.metric(f'callsign_kubernetes_lists_total{{kind="{kind}",reason="expired"}}'):
            if time.monotonic() > end:
                raise RuntimeError("after a restart of the API server nothing was read again")
            time.sleep(0.05)
    return dns.peak() / steady


def measure_names(options, cluster, server, folder):
    """(what, bar, measured, whether it holds)"""
    flags = ["--kubernetes-kubeconfig", server.kubeconfig]
    dns = programs.NameServer(options.program, folder, server, flags)
    rows = []

    def row(title, bar, unit, value, digits=2):
        if value is None:
            rows.append([title, f"≤ {bar:g} {unit}", "not measured", None])
        else:
            rows.append([title, f"≤ {bar:g} {unit}".strip(), f"{value:.{digits}f}", value <= bar])

    starts = []
    try:
        last = cluster.services - 1
        for number in range(options.starts):
            starts.append(dns.start(cluster.service_name(last), cluster.per))
            if number < options.starts - 1:
                dns.stop()
        row("start → first right answer, the API server's first reader", BARS["start"], "s", starts[0])
        row("… later readers, median", BARS["start"], "s", percentile(starts[1:] or starts, 0.5))
        time.sleep(1)
        resident, proportional = dns.memory()
        row("memory after the start, RSS", BARS["memory"], "MiB", resident, 1)
        row("… PSS", BARS["memory"], "MiB", proportional, 1)
        busy = memory_under_load(dns, cluster, folder)
        row("memory under load, RSS", BARS["memory"], "MiB", busy and busy[0], 1)
        row("… PSS", BARS["memory"], "MiB", busy and busy[1], 1)
        alone = propagation.one_after_the_other(cluster, server, dns, options.rounds)
        row("acknowledged → answered, p50", BARS["p50"], "ms", percentile(alone, 0.5))
        row("… p99", BARS["p99"], "ms", percentile(alone, 0.99))
        cpu = server.cpu(), dns.cpu()
        together, rate = propagation.many(cluster, server, dns, options.rate, options.seconds, WRITERS)
        used = [after - before for after, before in zip((server.cpu(), dns.cpu()), cpu)]
        row(f"the same at {rate:,.0f} changes a second, p50", BARS["p50"], "ms", percentile(together, 0.5))
        row("… p99", BARS["busy"], "ms", percentile(together, 0.99))
        if rate < 0.95 * options.rate:
            rows.append(["changes a second", f"≥ {options.rate:,}", f"{rate:,.0f}", False])
        print(f"CPU at {rate:,.0f} changes a second: API server {used[0] / options.seconds * 100:.0f} %, "
              f"name server {used[1] / options.seconds * 100:.0f} % of a core\n")
        row("peak of memory while all is read again ÷ before", BARS["peak"], "", peak_at_relist(server, dns, cluster))
    finally:
        dns.stop()
    return rows


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def main():
    options = arguments()
    cluster = Cluster(options.services, options.per, options.namespaces)
    held = True
    with tempfile.TemporaryDirectory(prefix="callsign-bench-", dir=options.folder) as name:
        folder = Path(name)
        server = programs.APIServer(options.program, folder)
        try:
            server.start()
            count, seconds = load(cluster, server)
            print(f"{cluster.services:,} Services, {cluster.endpoints:,} endpoints: {count:,} objects made in "
                  f"{seconds:.1f} s, {server.cpu():.1f} s of CPU, the API server has {server.memory()[0]:.0f} MiB\n")
            print(table(["list of EndpointSlices", "MiB", "first octets, ms", "whole, ms", "CPU, ms"],
                        read_lists(server)) + "\n")
            print(table(["acknowledged → event", "writes/s", "p50, ms", "p99, ms", "not told", "CPU, % of a core"],
                        watch_events(options, cluster, server)) + "\n")
            if options.api_only:
                return 0
            rows = measure_names(options, cluster, server, folder)
        finally:
            server.stop()
    words = {True: "held", False: "**missed**", None: "–"}
    print(table(["", "bar", "measured", ""], [[*row[:3], words[row[3]]] for row in rows]))
    held = all(row[3] is not False for row in rows)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
