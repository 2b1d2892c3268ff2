# SPDX-License-Identifier: Apache-2.0
"""Enough of the DNS wire format (RFC 1035 section 4) to ask, and to compare what two servers answer."""

import struct
from dataclasses import dataclass, field

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "ANY": 255}
OPT = 41
# Where names are in the data: octets before the first, and how many.
NAMES_IN_DATA = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 33: (6, 1)}


def name_octets(name):
    labels = [label.encode() for label in name.rstrip(".").split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(identity, name, kind, payload_size=None):
    """A request; with an OPT record if `payload_size` is given."""
    counts = struct.pack(">HHHHHH", identity, 0x0100, 1, 0, 0, 0 if payload_size is None else 1)
    message = counts + name_octets(name) + struct.pack(">HH", TYPES[kind], 1)
    if payload_size is not None:
        message += b"\0" + struct.pack(">HHIH", OPT, payload_size, 0, 0)
    return message


def read_name(message, offset):
    """The name at `offset` in lower case, and where it ends."""
    name, end, steps = b"", None, 0
    while True:
        length = message[offset]
        if length == 0:
            return name + b"\0", offset + 1 if end is None else end
        if length >= 0xC0:
            end = offset + 2 if end is None else end
            offset = struct.unpack_from(">H", message, offset)[0] & 0x3FFF
            steps += 1
            if steps > 128:
                raise ValueError("compression pointers without an end")
        else:
            name += message[offset:offset + 1 + length].lower()
            offset += 1 + length


@dataclass
class Answer:
    """Sections as sorted lists of records: owner, type, class, TTL, data. Names are whole and in lower case."""

    code: int
    is_authoritative: bool
    is_truncated: bool
    question: bytes
    sections: list = field(default_factory=list)
    has_edns: bool = False

    def __init__(self, message):
        _, flags, questions, *counts = struct.unpack_from(">HHHHHH", message)
        self.code = flags & 15
        self.is_authoritative, self.is_truncated = bool(flags & 0x400), bool(flags & 0x200)
        self.has_edns = False
        offset = 12
        for _ in range(questions):
            _, offset = read_name(message, offset)
            offset += 4
        self.question = message[12:offset]
        self.sections = []
        for count in counts:
            records = []
            for _ in range(count):
                record, offset = self._record(message, offset)
                if record[1] == OPT:
                    self.has_edns = True
                else:
                    records.append(record)
            self.sections.append(sorted(records))
        if offset != len(message):
            raise ValueError("octets after the last record")

    @staticmethod
    def _record(message, offset):
        owner, offset = read_name(message, offset)
        kind, record_class, ttl, length = struct.unpack_from(">HHIH", message, offset)
        offset += 10
        end = offset + length
        data = message[offset:end]
        if kind in NAMES_IN_DATA:
            lead, names = NAMES_IN_DATA[kind]
            data = message[offset:offset + lead]
            place = offset + lead
            for _ in range(names):
                name, place = read_name(message, place)
                data += name
            data += message[place:end]
        return (owner, kind, record_class, ttl, data), end
