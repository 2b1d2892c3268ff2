#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes with libFuzzer and AddressSanitizer, which come with the Swift toolchain. Everything is below .build-fuzz.
# A failing input is kept as Tests/FuzzTests/Crashers/TARGET/NAME.hex, where `swift test` finds it; add a remark.
set -eu

usage="usage: fuzz.sh message|answer|zone|objects|all [SECONDS of each, 60 by default]"
target=${1:?"$usage"}
seconds=${2:-60}
case "$target" in
  message | answer | zone | objects) targets=$target ;;
  all) targets="message answer zone objects" ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$root/.build-fuzz
crashers=$root/Tests/FuzzTests/Crashers
cd "$root"

CALLSIGN_FUZZ=1 ${SWIFT:-swift} build -c release --scratch-path "$scratch" --product callsign-fuzz \
  -Xswiftc -sanitize=fuzzer -Xswiftc -sanitize=address \
  -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table,trace-cmp -Xswiftc -use-ld=lld
program=$scratch/release/callsign-fuzz

# What lives for ever is no leak. Symbols and backtraces take minutes, and `swift test` shows more about a kept input.
export ASAN_OPTIONS=detect_leaks=0:symbolize=0 SWIFT_BACKTRACE=enable=no

# keep TARGET FILE: the input as text.
keep() {
  mkdir -p "$crashers/$1"
  file=$crashers/$1/$(basename "$2").hex
  od -An -v -tx1 -w32 "$2" | tr -d ' ' > "$file"
  echo "fuzz.sh: kept as $file" >&2
}

failed=0
for target in $targets; do
  corpus=$scratch/corpus/$target
  found=$scratch/found/$target
  mkdir -p "$corpus" "$found"
  "$program" "$target" seeds "$corpus" "$crashers/$target"
  # 10 seconds for one input, 2 GiB in all.
  if ! "$program" "$target" run "$corpus" \
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/"; then
    failed=1
    for file in "$found"/*; do
      [ ! -f "$file" ] || keep "$target" "$file"
    done
  fi
done
exit "$failed"
