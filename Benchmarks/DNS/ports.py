# SPDX-License-Identifier: Apache-2.0
"""Ports for servers that are measured."""

import socket

HOST = "127.0.0.1"


def free_port():
    """One that is free for both UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as stream:
            datagrams.bind((HOST, 0))
            try:
                stream.bind(datagrams.getsockname())
                return stream.getsockname()[1]
            except OSError:
                continue
