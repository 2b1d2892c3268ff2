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
# Counts only what the worker does between receiving a batch and sending its answers.
valgrind --tool=callgrind --callgrind-out-file="$folder/out" --toggle-collect='*DatagramWorkerV6answer*' \
  "$folder/program" serve "$questions" > "$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
total=$(sed -n 's/^summary: \([0-9]*\).*/\1/p' "$folder/out")
each=$((total / questions))
echo
echo "instructions for an A question, from its octets to its answer's: $each (bar: $bar)"
[ -z "${PROFILE:-}" ] || callgrind_annotate "$folder/out" | head -n 60
[ "$each" -gt 0 ] && [ "$each" -le "$bar" ] || failed=1
exit "$failed"
