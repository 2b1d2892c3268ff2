#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures `callsign dns` beside NSD, Knot, dnsmasq, unbound and, where there is one, CoreDNS, on the same names.

First it compares what they answer, and stops where that differs. Then each in turn, round after round, on one core:
questions a second, CPU time a question, latency, memory; floods; instructions. Prints tables; with --write it also
puts them into docs/performance-dns.md and draws docs/images/bench-dns.svg. Ends with 1 if a bar is missed.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

import agreement
import flood
import instructions
import load
import names
import report
import servers
from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = 200_000  # in the file that dnsperf goes through, again and again
QUIET_RATE = 5000  # questions a second while latency is measured
FLOOD_SECONDS = 4
FLOOD_WORKERS = 8  # of Callsign in one more flood: each client meets one of them


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the callsign binary")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4, help="of one server in one round")
    parser.add_argument("--only", help="servers to compare with, with commas between: NSD,Knot")
    parser.add_argument("--services", type=int, default=1000, help="Services with a ClusterIP")
    parser.add_argument("--headless", type=int, default=100, help="headless Services, of ten endpoints each")
    parser.add_argument("--questions", type=int, default=1500, help="questions whose answers are compared")
    parser.add_argument("--no-floods", action="store_true")
    parser.add_argument("--no-instructions", action="store_true")
    parser.add_argument("--write", action="store_true", help="update the document and the picture")
    return parser.parse_args()


def chosen(only):
    found = [kind for kind in servers.OTHERS if kind.find()]
    if only:
        wanted = {name.lower() for name in only.split(",")}
        found = [kind for kind in found if kind.name.lower() in wanted]
    for kind in servers.OTHERS:
        if kind not in found:
            print(f"without {kind.name}")
    return found


def prepare(cluster, folder):
    """Writes what the servers read, and the questions. Returns the place of the latter."""
    cluster.write_objects(folder / "objects.yaml")
    cluster.write_zone(folder / "zone", serial=1)
    questions = folder / "questions"
    with open(questions, "w") as file:
        for name, kind in cluster.load_questions(QUESTIONS):
            file.write(f"{name} {kind}\n")
    return questions


def use_serial_of(reference, cluster, folder):
    """The zone file gets the serial of the zone that Callsign serves."""
    answer = reference.ask(names.ZONE, "SOA")
    cluster.write_zone(folder / "zone", int.from_bytes(answer.sections[0][0][4][-20:-16], "big"))


def measure(running, questions, options):
    results = [{"name": server.name, "version": server.version(), "rounds": []} for server in running]
    for number in range(options.rounds):
        # Nobody is always first.
        for place in range(len(running)):
            index = (place + number) % len(running)
            results[index]["rounds"].append(load.run(running[index], questions, options.seconds))
    for server, result in zip(running, results):
        result["quiet"] = load.run(server, questions, 2, limit=QUIET_RATE, clients=1)
    return results


def flood_all(running, questions):
    """What becomes of good questions in floods: {(server, kind of flood): (datagrams a second, round)}."""
    reference = running[0]
    many = servers.Callsign(
        reference.cluster, reference.folder.parent / "many", free_port(), reference.path, workers=FLOOD_WORKERS)
    many.objects = reference.objects
    try:
        many.start()
        titled = {server.name: server for server in running} | {f"{many.name}, {FLOOD_WORKERS} workers": many}
        return {
            (title, kind): flood.run(server, questions, kind, FLOOD_SECONDS)
            for title, server in titled.items() for kind in flood.KINDS
        }
    finally:
        many.stop()


def main():
    options = arguments()
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("bench-dns: needs two cores, one for the server and one for the client")
    cluster = names.Cluster(services=options.services, headless=options.headless)
    folder = Path(tempfile.mkdtemp(prefix="callsign-bench-dns."))
    running = []
    try:
        questions = prepare(cluster, folder)
        reference = servers.Callsign(cluster, folder, free_port(), os.path.abspath(options.program))
        running.append(reference)
        reference.start()
        use_serial_of(reference, cluster, folder)
        for kind in chosen(options.only):
            server = kind(cluster, folder, free_port())
            running.append(server)
            server.start()

        differences, compared = agreement.compare(reference, running[1:], cluster, options.questions)
        for name, question, what in differences[:20]:
            print(f"{name}: {question}: {what}")
        if differences:
            sys.exit(f"bench-dns: {len(differences)} of {compared} answers differ")
        print(f"{compared:,} answers compared, none differs\n")

        results = measure(running, questions, options)
        floods = {} if options.no_floods else flood_all(running, questions)
        for server in running:
            server.stop()
        if not options.no_instructions:
            count_instructions(results, cluster, folder, options)
        return show(results, floods, cluster, compared, options)
    finally:
        for server in running:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def count_instructions(results, cluster, folder, options):
    for result in results:
        for kind in (servers.Callsign, servers.NSD, servers.Knot):
            if kind.name == result["name"]:
                program = instructions.stripped(options.program, folder) if kind is servers.Callsign else None
                result["instructions"] = instructions.per_question(
                    lambda: kind(cluster, folder, free_port(), program))


def show(results, floods, cluster, compared, options):
    parts = [
        f"{report.machine()}. {cluster.services:,} Services, {cluster.headless:,} headless ones of {cluster.per} "
        f"endpoints; {options.rounds} rounds of {options.seconds:g} s; {compared:,} answers compared first, none "
        "differs.",
        report.speed_table(results), report.bars_table(results),
    ]
    if floods:
        parts.append(report.flood_table(floods))
    text = "\n\n".join(parts)
    print(text)
    if options.write:
        report.update_document(ROOT / "docs/performance-dns.md", text)
        picture = ROOT / "docs/images/bench-dns.svg"
        picture.parent.mkdir(exist_ok=True)
        picture.write_text(report.picture(results))
    return 0 if all(holds for *_, holds in report.bars(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
