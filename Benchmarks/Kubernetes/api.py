# SPDX-License-Identifier: Apache-2.0
"""A client of the API server's Unix socket that costs little, so that it is the server that is measured."""

import socket
import time

PATIENCE = 60  # seconds


class Connection:
    """One connection, one request after the other."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self.rest = b""
        # When the first octets of the last answer came.
        self.first = 0.0

    def close(self):
        self.socket.close()

    def request(self, method, path, body=b"", accept="application/json"):
        """The answer's status and body."""
        self._send(method, path, body, accept)
        lines = self._until(b"\r\n\r\n").split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:] if line)
        if fields.get(b"transfer-encoding") == b"chunked":
            pieces = []
            while size := int(self._until(b"\r\n"), 16):
                pieces.append(self._exactly(size + 2)[:-2])
            self._until(b"\r\n")
            answer = b"".join(pieces)
        else:
            answer = self._exactly(int(fields[b"content-length"]))
        return int(lines[0].split()[1]), answer

    def stream(self, method, path, accept="application/json"):
        """Sends a request, and gives back an iterator over the pieces of its answer."""
        self._send(method, path, b"", accept)
        self._until(b"\r\n\r\n")

        def pieces():
            while size := int(self._until(b"\r\n"), 16):
                yield self._exactly(size + 2)[:-2]

        return pieces()

    def write(self, method, path, body):
        status, answer = self.request(method, path, body)
        if status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {status} {answer[:300].decode(errors='replace')}")

    def _send(self, method, path, body, accept):
        head = f"{method} {path} HTTP/1.1\r\nHost: callsign\r\nAccept: {accept}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.socket.sendall(head.encode() + b"\r\n" + body)
        self.first = 0.0

    def _read(self):
        octets = self.socket.recv(1 << 20)
        if not octets:
            raise ConnectionError("the API server closed the connection")
        self.first = self.first or time.perf_counter()
        self.rest += octets

    def _until(self, end):
        while end not in self.rest:
            self._read()
        found, self.rest = self.rest.split(end, 1)
        return found

    def _exactly(self, count):
        if len(self.rest) >= count:
            found, self.rest = self.rest[:count], self.rest[count:]
            return found
        pieces, missing = [self.rest], count - len(self.rest)
        self.rest = b""
        while missing > 0:
            self._read()
            pieces.append(self.rest[:missing])
            self.rest, missing = self.rest[missing:], missing - len(pieces[-1])
        return b"".join(pieces)
