# SPDX-License-Identifier: Apache-2.0
"""A server program: started on one core, asked, looked at, and ended."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import names
import wire
from ports import HOST

SERVER_CORE = "0"
START_LIMIT = 60  # seconds until a server has to answer
STOP_LIMIT = 10  # seconds until one that was told to end is killed
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Server:
    """One server program. `command` and `configure` are all that differs."""

    name = ""
    program = ""
    # Whether it serves the zone as an authority does: with AA, and SOA in every "no".
    is_authority = True
    # Whether it asks others about other zones. Nothing of that is measured here.
    is_resolver = False

    def __init__(self, cluster, folder, port, program=None):
        self.cluster, self.folder, self.port = cluster, Path(folder) / self.name, port
        self.path = program or self.find()
        self.process = None

    @classmethod
    def find(cls):
        return shutil.which(cls.program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

    def command(self):
        raise NotImplementedError

    def configure(self):
        """Writes what `command` refers to."""

    def version(self):
        return ""

    def is_comparable(self, name, kind, ours):
        """Whether its answer has to be the same as `ours`, for a question that it can know the answer of."""
        return not self.is_resolver or name.lower().endswith(names.ZONE)

    def zone_file(self):
        return self.folder.parent / "zone"

    def start(self, wrapper=(), environment=None):
        """Starts it on its core and waits for its first answer.
        `wrapper` is put before the command: valgrind."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.configure()
        command = ["taskset", "-c", SERVER_CORE, *wrapper, *map(str, self.command())]
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd=self.folder,
            env=os.environ | (environment or {}))
        slowness = 10 if wrapper else 1
        limit, self.stop_limit = START_LIMIT * slowness, STOP_LIMIT * slowness
        try:
            self._wait(limit)
        except BaseException:
            self.stop()
            raise

    def _wait(self, limit):
        end = time.monotonic() + limit
        last = self.cluster.headless_service(self.cluster.headless - 1)
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            answer = self.ask(last, "A", patience=0.5)
            if answer is not None and answer.code == 0 and len(answer.sections[0]) == self.cluster.per:
                return
            time.sleep(0.05)
        log = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.name} does not answer: {' '.join(map(str, self.command()))}\n{log}")

    def ask(self, name, kind, patience=2.0, payload_size=None):
        """The answer over UDP; None if none comes in `patience` seconds."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(patience)
            client.connect((HOST, self.port))
            try:
                client.send(wire.question(1, name, kind, payload_size))
                return wire.Answer(client.recv(65535))
            except OSError:
                return None

    def ask_whole(self, name, kind, payload_size=None):
        """As a client does: over TCP where the answer over UDP is cut (RFC 7766 section 5)."""
        answer = self.ask(name, kind, payload_size=payload_size)
        if answer is None or not answer.is_truncated:
            return answer
        message = wire.question(1, name, kind, payload_size)
        with socket.create_connection((HOST, self.port), timeout=2.0) as client, client.makefile("rb") as stream:
            client.sendall(len(message).to_bytes(2, "big") + message)
            return wire.Answer(stream.read(int.from_bytes(stream.read(2), "big")))

    def stop(self):
        """Ends it and whatever it has started, by process number."""
        if self.process is None:
            return
        started = {pid: _started(pid) for pid in self.pids()}
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_limit)
        except subprocess.TimeoutExpired:
            pass
        for pid, time_of_start in started.items():
            # Not a later process that got the number.
            if time_of_start is not None and _started(pid) == time_of_start:
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None
        self.log.close()

    def pids(self):
        """The process and all below it."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit() and (parent := _parent(int(entry))) is not None:
                parents[int(entry)] = parent
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu(self):
        """Seconds of (user, kernel) time so far, all its processes together."""
        user = kernel = 0
        for pid in self.pids():
            fields = _status(pid)
            user, kernel = user + int(fields[11]), kernel + int(fields[12])
        return user / CLOCK_TICKS, kernel / CLOCK_TICKS

    def memory(self):
        """MiB of (resident, proportional) memory, all its processes together."""
        resident = proportional = 0
        for pid in self.pids():
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            resident += int(re.search(r"^Rss:\s+(\d+)", text, re.M)[1])
            proportional += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])
        return resident / 1024, proportional / 1024


def _status(pid):
    """The fields of proc_pid_stat(5) from the state on; None where there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _parent(pid):
    fields = _status(pid)
    return int(fields[1]) if fields else None


def _started(pid):
    """When a process that has not ended was started, in clock ticks."""
    fields = _status(pid)
    return int(fields[19]) if fields and fields[0] != "Z" else None
