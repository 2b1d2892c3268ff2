# SPDX-License-Identifier: Apache-2.0
"""The two processes: `callsign up` as the API server, and `callsign dns` on it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "DNS"))
import wire  # noqa: E402
from ports import HOST, free_port  # noqa: E402

START_LIMIT = 60  # seconds until a program has to answer
STOP_LIMIT = 20  # seconds until one that was told to end is killed
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    name = ""

    def __init__(self, folder):
        self.folder, self.process = Path(folder), None

    def launch(self, command):
        self.log = open(self.folder / f"{self.name}.log", "ab")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("KUBE")}
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment)

    def wait_until(self, works):
        end = time.monotonic() + START_LIMIT
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            if works():
                return
        log = (self.folder / f"{self.name}.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{self.name} does not answer\n{log}")

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        self.log.close()

    def kill(self):
        """Ends it without a chance to say anything: no bookmark goes out at its end."""
        self.process.kill()
        self.process.wait()
        self.process = None
        self.log.close()

    def cpu(self):
        """Seconds of user and kernel time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS

    def memory(self):
        """MiB of (resident, proportional) memory."""
        text = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return tuple(int(re.search(rf"^{field}:\s+(\d+)", text, re.M)[1]) / 1024 for field in ("Rss", "Pss"))

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self):
        """MiB of resident memory at most, since `forget_peak`."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+)", text, re.M)[1]) / 1024


class APIServer(Program):
    name = "up"

    def __init__(self, program, folder):
        super().__init__(folder)
        self.program, self.data = program, Path(folder) / "data"
        self.socket = self.data / "run" / "api.sock"
        self.kubeconfig = self.data / "kubeconfig"
        # Chosen once, so that it is where the kubeconfig says after a restart too.
        self.port, self.dns_port = free_port(), free_port()

    def start(self):
        self.launch([
            self.program, "up", "--runtime", "none", "--data-dir", self.data, "--api-port", self.port, "--dns-port",
            self.dns_port, "--log-level", "error",
        ])
        self.wait_until(self._listens)

    def _listens(self):
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket))
                return (self.data / "run" / "cluster.json").exists()
            except OSError:
                time.sleep(0.01)
                return False


class NameServer(Program):
    name = "dns"

    def __init__(self, program, folder, api, flags):
        super().__init__(folder)
        self.program, self.api, self.flags, self.port = program, api, flags, free_port()
        self.metrics = f"{HOST}:{free_port()}"

    def start(self, name, count):
        """Starts it, and waits until it answers `name` with `count` addresses. Returns the seconds that it took."""
        start = time.perf_counter()
        self.launch([
            self.program, "dns", *self.flags, "--listen", f"{HOST}:{self.port}", "--metrics", self.metrics, "--health",
            "off", "--ready", "off",
        ])
        with Asker(self.port) as asker:
            self.wait_until(lambda: len(asker.ask(name, patience=0.02)) == count)
        return time.perf_counter() - start

    def metric(self, name):
        """The value of one row of its metrics; 0 where there is none."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=10) as page:
            rows = dict(line.rsplit(" ", 1) for line in page.read().decode().splitlines() if not line.startswith("#"))
        return float(rows.get(name, 0))


class Asker:
    """Asks for addresses over UDP."""

    def __init__(self, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect((HOST, port))
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def ask(self, name, patience=1.0):
        """The address records; none where there is no answer in `patience` seconds."""
        answer = self.ask_raw(name, patience)
        return [] if answer is None else wire.Answer(answer).sections[0]

    def ask_raw(self, name, patience=1.0):
        """The answer's octets."""
        self.number = (self.number + 1) & 0xFFFF
        self.socket.settimeout(patience)
        try:
            self.socket.send(wire.question(self.number, name, "A", 4096))
            while True:
                answer = self.socket.recv(65535)
                if int.from_bytes(answer[:2], "big") == self.number:
                    return answer
        except OSError:
            if patience < 0.1:
                time.sleep(0.002)  # refused, because nothing listens yet
            return None
