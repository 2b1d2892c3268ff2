# SPDX-License-Identifier: Apache-2.0
"""How long after the API server has acknowledged a change it is answered."""

import multiprocessing
import socket
import time

import api
import pace
import programs

# A change that is not answered by then is counted as lost.
LIMIT = 30.0


def one_after_the_other(cluster, server, dns, rounds):
    """Milliseconds from the acknowledgement to the answer, of changes that come one at a time."""
    connection = api.Connection(server.socket)
    with programs.Asker(dns.port) as asker:
        found = [change(cluster, connection, asker, number % cluster.services, number) for number in range(rounds)]
    connection.close()
    return found


def many(cluster, server, dns, rate, seconds, writers):
    """The same for `rate` changes a second, evenly from `writers` processes, and how many a second there were."""
    results = multiprocessing.Queue()
    begin = time.monotonic() + 1.0
    arguments = (cluster, server.socket, dns.port, rate / writers, seconds, writers, begin, results)
    processes = [multiprocessing.Process(target=_writer, args=(number, *arguments)) for number in range(writers)]
    for process in processes:
        process.start()
    found = [results.get(timeout=seconds * 10 + 60) for _ in processes]
    for process in processes:
        process.join()
    return [value for item in found for value in item[0]], sum(item[1] for item in found)


def _writer(number, cluster, path, port, rate, seconds, writers, begin, results):
    connection = api.Connection(path)
    start = begin + number / (rate * writers)
    times = []
    with programs.Asker(port) as asker:
        for count in pace.evenly(rate, seconds, start):
            # Each writer has Services of its own, and an address of its own for each change.
            service = (count * writers + number) % cluster.services
            times.append(change(cluster, connection, asker, service, 1 << 18 | count * writers + number))
        elapsed = time.monotonic() - start
    results.put((times, len(times) / elapsed))


def change(cluster, connection, asker, service, number):
    """Milliseconds from the acknowledgement of one change to its answer; infinite where there is none."""
    address = cluster.moved(number)
    body, name, octets = cluster.slice_body(service, address), cluster.pod_name(service, 0), socket.inet_aton(address)
    connection.write("PUT", cluster.slice_path(service), body)
    start = time.perf_counter()
    while octets not in (asker.ask_raw(name) or b""):
        if time.perf_counter() - start > LIMIT:
            return float("inf")
    return (time.perf_counter() - start) * 1000
