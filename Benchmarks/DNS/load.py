# SPDX-License-Identifier: Apache-2.0
"""One round of questions from dnsperf, and what it costs the server."""

import re
import subprocess
from dataclasses import dataclass

# On the servers' core too, so that a server never waits for questions: one core of clients cannot keep one busy.
CLIENT_CORE = "0,1"
CLIENTS = 32  # sockets
OUTSTANDING = 1000  # questions on their way at one time, for all clients


@dataclass
class Round:
    """Times in microseconds."""

    rate: float
    answered: int
    sent: int
    cpu: float
    user: float
    latency: float
    worst: float
    resident: float
    proportional: float

    @property
    def busy(self):
        """How much of its core the server has used."""
        return self.rate * self.cpu / 1e6

    @property
    def share(self):
        """Of the questions, how many were answered in time."""
        return self.answered / self.sent if self.sent else 0


def run(server, questions, seconds, limit=None, outstanding=OUTSTANDING, clients=CLIENTS, patience=1):
    """Asks for `seconds`: as fast as answers come, or `limit` questions a second."""
    command = [
        "taskset", "-c", CLIENT_CORE, "dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-d", str(questions),
        "-l", str(seconds), "-c", str(clients), "-T", "2", "-q", str(outstanding), "-t", str(patience),
    ]
    if limit:
        command += ["-Q", str(limit)]
    before = server.cpu()
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    after = server.cpu()

    def number(pattern):
        found = re.search(pattern, text)
        return float(found[1]) if found else 0.0

    answered = int(number(r"Queries completed:\s+(\d+)"))
    user, kernel = ((new - old) * 1e6 / max(answered, 1) for new, old in zip(after, before))
    resident, proportional = server.memory()
    return Round(
        rate=number(r"Queries per second:\s+([\d.]+)"), answered=answered, sent=int(number(r"Queries sent:\s+(\d+)")),
        cpu=user + kernel, user=user, latency=number(r"Average Latency \(s\):\s+([\d.]+)") * 1e6,
        worst=number(r"Average Latency.*max ([\d.]+)") * 1e6, resident=resident, proportional=proportional)
