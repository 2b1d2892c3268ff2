# SPDX-License-Identifier: Apache-2.0
"""User-space instructions for one A question that hits, counted by callgrind: two runs of the server with N and 2 N
questions, whose difference is N questions and nothing of the start."""

import re
import shutil
import socket
import subprocess
from pathlib import Path

import names
import wire

QUESTIONS = 20_000
WINDOW = 16  # questions that are sent before their answers are read, so that servers can take several at a time
PATIENCE = 20  # seconds: valgrind is slow


def per_question(make_server):
    """`make_server` gives a server that was not started. None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    counts = [_count(make_server(), questions) for questions in (QUESTIONS, 2 * QUESTIONS)]
    return (counts[1] - counts[0]) / QUESTIONS


def _count(server, questions):
    wrapper = [
        "valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=callgrind.%p",
        "--log-file=valgrind.%p",
    ]
    # With one seed for Swift's dictionaries, two starts take the same steps.
    server.start(wrapper, {"SWIFT_DETERMINISTIC_HASHING": "1"})
    try:
        _ask(server, questions)
    finally:
        server.stop()
    totals = [
        int(found[1])
        for file in server.folder.glob("callgrind.*")
        if (found := re.search(r"^(?:totals|summary): (\d+)", file.read_text(errors="replace"), re.M))
    ]
    if not totals:
        raise RuntimeError(f"callgrind left no count of {server.name} in {server.folder}")
    return sum(totals)


def _ask(server, questions):
    messages = [
        wire.question(number % WINDOW, server.cluster.service(number % server.cluster.services), "A")
        for number in range(server.cluster.services // WINDOW * WINDOW)
    ]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect(("127.0.0.1", server.port))
        for start in range(0, questions, WINDOW):
            for number in range(start, start + WINDOW):
                client.send(messages[number % len(messages)])
            for _ in range(WINDOW):
                answer = client.recv(4096)
                if answer[3] & 15 or answer[7] == 0:
                    raise RuntimeError(f"{server.name} does not answer with an address: {answer.hex()}")


def stripped(program, folder):
    """A copy without debug information: valgrind does not understand all of Swift's."""
    copy = Path(folder) / "callsign"
    shutil.copy(program, copy)
    subprocess.run(["strip", "-g", copy], check=True)
    return str(copy)
