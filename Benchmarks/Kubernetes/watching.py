# SPDX-License-Identifier: Apache-2.0
"""How long after a write was acknowledged its event has come to those who watch."""

import multiprocessing
import re
import time

import api
import pace

PATH = "/apis/discovery.k8s.io/v1/endpointslices?watch=true&resourceVersion={}"
VERSION = re.compile(rb'"resourceVersion":"(\d+)"')
SLICES = "/apis/discovery.k8s.io/v1/endpointslices?limit=1"
# A watcher that has been told nothing for so long has been told everything.
QUIET = 2.0


def measure(cluster, server, rate, seconds, writers, watchers):
    """Milliseconds from acknowledgement to event, of every write and watcher, negative where the event was there
    first; how many writes a second there were; how many events were not told."""
    connection = api.Connection(server.socket)
    _, body = connection.request("GET", SLICES)
    version = VERSION.search(body)[1].decode()
    events, answers, ready = multiprocessing.Queue(), multiprocessing.Queue(), multiprocessing.Barrier(watchers + 1)
    watching = [
        multiprocessing.Process(target=_watch, args=(server.socket, version, ready, events)) for _ in range(watchers)]
    for process in watching:
        process.start()
    ready.wait(60)
    begin = time.monotonic() + 0.5
    writing = [
        multiprocessing.Process(
            target=_write, args=(cluster, server.socket, number, writers, rate / writers, seconds, begin, answers))
        for number in range(writers)]
    for process in writing:
        process.start()
    acknowledged, total = {}, 0.0
    for _ in writing:
        found, per_second = answers.get(timeout=seconds * 10 + 60)
        acknowledged |= found
        total += per_second
    found, missing = [], 0
    for _ in watching:
        told = events.get(timeout=60)
        missing += len(acknowledged.keys() - told.keys())
        found += [(told[key] - moment) * 1000 for key, moment in acknowledged.items() if key in told]
    for process in watching + writing:
        process.join()
    return found, total, missing


def _watch(path, version, ready, events):
    connection = api.Connection(path)
    told = {}
    pieces = connection.stream("GET", PATH.format(version))
    ready.wait(60)
    connection.socket.settimeout(QUIET + 2)
    try:
        rest = b""
        for piece in pieces:
            now = time.perf_counter()
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                told[int(VERSION.search(line)[1])] = now
    except TimeoutError:
        pass
    events.put(told)


def _write(cluster, path, number, writers, rate, seconds, begin, answers):
    connection = api.Connection(path)
    acknowledged = {}
    # A write that changes nothing makes no event: every address is a new one.
    first = int(begin * 1000)
    start = begin + number / (rate * writers)
    for count in pace.evenly(rate, seconds, start):
        service = (count * writers + number) % cluster.services
        body = cluster.slice_body(service, cluster.moved(first + count * writers + number))
        status, answer = connection.request("PUT", cluster.slice_path(service), body)
        acknowledged[int(VERSION.search(answer)[1])] = time.perf_counter()
    answers.put((acknowledged, len(acknowledged) / (time.monotonic() - start)))
