# SPDX-License-Identifier: Apache-2.0
"""What was measured, as tables and as a picture."""

import os
import platform
import re
import statistics
from html import escape

BEGIN, END = "<!-- bench-dns: begin -->", "<!-- bench-dns: end -->"
# CPU per question, at most this share of theirs.
BARS = {"NSD": 0.80, "Knot": 0.85, "CoreDNS": 0.20}
INSTRUCTION_BAR = 1000


def median(rounds, field):
    return statistics.median(getattr(item, field) for item in rounds)


def ratio(ours, theirs, field):
    """The median of what each round says, so that a busy moment counts for both."""
    return statistics.median(getattr(a, field) / getattr(b, field) for a, b in zip(ours, theirs))


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def speed_table(results):
    rows = []
    for item in results:
        quiet = item["quiet"]
        rounds = item["rounds"]
        rows.append([
            f"{item['name']} {item['version']}".strip(), f"{median(rounds, 'rate'):,.0f}",
            f"{median(rounds, 'cpu'):.2f}", f"{median(rounds, 'user'):.2f}",
            f"{median(rounds, 'busy') * 100:.0f} %", f"{quiet.latency:.0f}",
            f"{median(rounds, 'resident'):.1f}", f"{median(rounds, 'proportional'):.1f}",
            f"{item['instructions']:,.0f}" if item.get("instructions") else "–",
        ])
    return table(
        ["server", "questions/s", "CPU µs", "of it user", "core used", "latency µs", "RSS MiB", "PSS MiB",
         "instructions"], rows)


def bars(results):
    """(what, bar, measured, whether it holds)"""
    ours = results[0]
    found = []
    for item in results[1:]:
        if item["name"] in BARS:
            share = ratio(ours["rounds"], item["rounds"], "cpu")
            bar = BARS[item["name"]]
            found.append((f"CPU per question ÷ {item['name']}'s", f"≤ {bar:.2f}", f"{share:.2f}", share <= bar))
    if ours.get("instructions"):
        count = ours["instructions"]
        found.append(
            ("instructions, A hit", f"≤ {INSTRUCTION_BAR:,}", f"{count:,.0f}", count <= INSTRUCTION_BAR))
    return found


def bars_table(results):
    return table(
        ["bar", "allowed", "measured", ""],
        [[what, bar, value, "held" if holds else "missed"] for what, bar, value, holds in bars(results)])


def flood_table(floods):
    rows = [
        [name, kind, f"{rate:,.0f}", f"{good.share * 100:.2f} %", f"{good.latency:.0f}", f"{good.worst / 1000:.1f}"]
        for (name, kind), (rate, good) in floods.items()
    ]
    return table(["server", "flood of", "sent/s", "good answered", "latency µs", "worst ms"], rows)


def machine():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    kernel = platform.release().split("-")[0]
    return f"{found[1] if found else platform.machine()}, {os.cpu_count()} cores, Linux {kernel}"


def update_document(path, text):
    """Puts `text` between the marks of the document."""
    with open(path) as file:
        before, rest = file.read().split(BEGIN)
        after = rest.split(END)[1]
    with open(path, "w") as file:
        file.write(f"{before}{BEGIN}\n{text}\n{END}{after}")


def picture(results):
    """An SVG with one bar a server: CPU per question, user and kernel. Follows light and dark."""
    width, left, row, top = 760, 110, 44, 76
    height = top + row * len(results) + 34
    ordered = sorted(results, key=lambda item: median(item["rounds"], "cpu"))
    longest = max(median(item["rounds"], "cpu") for item in ordered)
    scale = (width - left - 190) / longest
    parts = [f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
  aria-label="CPU time per answered question, server by server" font-family="system-ui, sans-serif">
<style>
  .text {{ fill: #1f2328 }} .weak {{ fill: #59636e }} .user {{ fill: #0969da }} .kernel {{ fill: #8ab8ea }}
  .other .user {{ fill: #6e7781 }} .other .kernel {{ fill: #b6bec7 }}
  @media (prefers-color-scheme: dark) {{
    .text {{ fill: #f0f6fc }} .weak {{ fill: #9198a1 }} .user {{ fill: #4493f8 }} .kernel {{ fill: #1f4f8f }}
    .other .user {{ fill: #9198a1 }} .other .kernel {{ fill: #4d5661 }}
  }}
</style>
<text class="text" x="16" y="28" font-size="17" font-weight="600">CPU time per answered question, in µs</text>
<text class="weak" x="16" y="50" font-size="13">One worker on one core, UDP, cluster names.
  Dark: in the program; light: in the kernel. Less is better.</text>"""]
    for index, item in enumerate(ordered):
        user, cpu = median(item["rounds"], "user"), median(item["rounds"], "cpu")
        y = top + index * row
        is_ours = item["name"] == "Callsign"
        weight = "600" if is_ours else "400"
        note = f"{cpu:.2f} µs · {median(item['rounds'], 'rate') / 1000:,.0f},000/s"
        parts.append(f"""<g class="{'ours' if is_ours else 'other'}">
<text class="text" x="{left - 12}" y="{y + 20}" font-size="15" font-weight="{weight}"
  text-anchor="end">{escape(item['name'])}</text>
<rect class="user" x="{left}" y="{y + 2}" width="{user * scale:.1f}" height="26"/>
<rect class="kernel" x="{left + user * scale:.1f}" y="{y + 2}" width="{(cpu - user) * scale:.1f}" height="26"/>
<text class="text" x="{left + cpu * scale + 10:.1f}" y="{y + 20}" font-size="14" font-weight="{weight}">{note}</text>
</g>""")
    parts.append(f"""<text class="weak" x="16" y="{height - 12}" font-size="12">{escape(machine())}</text>
</svg>""")
    return "\n".join(parts) + "\n"
