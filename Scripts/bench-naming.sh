#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Measures the index of names, and counts the instructions that one question takes in user space (callgrind).
# usage: bench-naming.sh PROGRAM, where PROGRAM is a release build of naming-benchmark
set -eu

program=${1:?"usage: bench-naming.sh PROGRAM"}
questions=2000
# The most instructions for a question about an address: reading it, finding it, answering it.
bar=1000

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0

"$program" || failed=1

# Valgrind takes very long to read Swift's debugging information.
strip -g -o "$folder/program" "$program"
# count KIND: instructions for one question of that kind, counting only what the worker does between receiving a batch
# and sending its answers.
count() {
  valgrind --tool=callgrind --callgrind-out-file="$folder/$1" --toggle-collect='*DatagramWorkerV6answer*' \
    "$folder/program" serve "$questions" "$1" > "$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
  total=$(sed -n 's/^summary: \([0-9]*\).*/\1/p' "$folder/$1")
  echo $((total / questions))
}

plain=$(count plain)
edns=$(count edns)
echo
echo "instructions for an A question, from its octets to its answer's: $plain (bar: $bar); with an OPT record: $edns"
[ -z "${PROFILE:-}" ] || callgrind_annotate "$folder/plain" | head -n 60
[ "$plain" -gt 0 ] && [ "$plain" -le "$bar" ] || failed=1
exit "$failed"
