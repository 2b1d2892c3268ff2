# SPDX-License-Identifier: Apache-2.0
"""One client sends rubbish as fast as it can; what becomes of another one's good questions?

As a program: `flood.py PORT KIND SECONDS` is that first client. It prints how many datagrams it sent."""

import random
import socket
import subprocess
import sys
import time

import load
import names
import wire

KINDS = ["unknown names", "junk"]
VARIETY = 4096  # datagrams, sent over and over
GOOD_RATE = 2000  # good questions a second
PATIENCE = 1  # seconds after which a good question counts as lost


def datagrams(kind):
    choice = random.Random(names.SEED)
    for number in range(VARIETY):
        message = wire.question(number, f"x{choice.randrange(1 << 30)}.ns-1.svc.{names.ZONE}", "A", 1232)
        if kind == "junk":
            message = bytearray(message)
            for _ in range(choice.randrange(1, 8)):
                message[choice.randrange(2, len(message))] = choice.randrange(256)
            message = bytes(message[:choice.choice([len(message), choice.randrange(1, len(message))])])
        yield message


def send(port, kind, seconds):
    """Sends as fast as it can, and reads no answer."""
    messages = list(datagrams(kind))
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in messages:
                client.send(message)
            sent += len(messages)
    return sent


def run(server, questions, kind, seconds):
    """(datagrams of the flood a second, the round of good questions meanwhile)."""
    flooder = subprocess.Popen(
        ["taskset", "-c", load.CLIENT_CORE, sys.executable, __file__, str(server.port), kind, str(seconds + 1)],
        stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(0.5)
        good = load.run(server, questions, seconds, limit=GOOD_RATE, patience=PATIENCE)
        sent = int(flooder.communicate(timeout=seconds + 10)[0])
    finally:
        if flooder.poll() is None:
            flooder.kill()
            flooder.wait()
    return sent / (seconds + 1), good


if __name__ == "__main__":
    print(send(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
