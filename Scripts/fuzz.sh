#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzzes with libFuzzer and AddressSanitizer, which come with the Swift toolchain. Everything is below .build-fuzz.
# A failing input is kept as Tests/FuzzTests/Crashers/TARGET/NAME.hex, where `swift test` finds it; add a remark.
set -eu

usage="usage: fuzz.sh message|answer|zone|all [SECONDS of each, 60 by default]"
target=${1:?"$usage"}
seconds=${2:-60}
case "$target" in
  message | answer | zone) targets=$target ;;
  all) targets="message answer zone" ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$root/.build-fuzz
crashers=$root/Tests/FuzzTests/Crashers
cd "$root"

CALLSIGN_FUZZ=1 ${SWIFT:-swift} build -c release --scratch-path "$scratch" --product callsign-fuzz \
  -Xswiftc -sanitize=fuzzer -Xswiftc -sanitize=address -Xswiftc -use-ld=lld
program=$scratch/release/callsign-fuzz

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
  # One process: a memory limit of 2 GiB, 10 seconds for one input. detect_leaks=0: what lives for ever is no leak.
  if ! ASAN_OPTIONS=detect_leaks=0 "$program" "$target" run "$corpus" \
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$found/"; then
    failed=1
    for file in "$found"/*; do
      [ ! -f "$file" ] || keep "$target" "$file"
    done
  fi
done
exit "$failed"
