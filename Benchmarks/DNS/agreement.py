# SPDX-License-Identifier: Apache-2.0
"""Before anything is measured: all servers say the same."""

EDNS_SIZE = 1232


def compare(reference, others, cluster, count):
    """Asks `reference` and each of `others` the same questions.
    Returns what differs: (server, question, what), and how many answers were compared."""
    differences, compared = [], 0
    for number, (name, kind) in enumerate(cluster.agreement_questions(count)):
        payload_size = EDNS_SIZE if number % 2 else None
        ours = reference.ask_whole(name, kind, payload_size=payload_size)
        for other in others:
            if not other.is_comparable(name, kind, ours):
                continue
            theirs = other.ask_whole(name, kind, payload_size=payload_size)
            compared += 1
            for what in _differences(ours, theirs, other):
                differences.append((other.name, f"{name} {kind}", what))
    return differences, compared


def _differences(ours, theirs, other):
    if ours is None or theirs is None:
        yield f"no answer from {'Callsign' if ours is None else other.name}"
        return
    if ours.code != theirs.code:
        yield f"code {ours.code}, and {theirs.code}"
        return
    if ours.sections[0] != theirs.sections[0]:
        yield f"answer {ours.sections[0]}, and {theirs.sections[0]}"
    if ours.question != theirs.question:
        yield f"question {ours.question!r}, and {theirs.question!r}"
    if not other.is_authority:
        return
    if ours.code != 5 and ours.is_authoritative != theirs.is_authoritative:
        yield f"AA {ours.is_authoritative}, and {theirs.is_authoritative}"
    if ours.has_edns != theirs.has_edns:
        yield f"OPT {ours.has_edns}, and {theirs.has_edns}"
    if ours.sections[1] != theirs.sections[1]:
        yield f"authority {ours.sections[1]}, and {theirs.sections[1]}"
    # Glue is a kindness (RFC 2782): NSD and unbound leave it out of minimal responses.
    if theirs.sections[2] and ours.sections[2] != theirs.sections[2]:
        yield f"additional {ours.sections[2]}, and {theirs.sections[2]}"
