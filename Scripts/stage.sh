# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For scripts that show something and check it: every command is shown with its output, every fact with a mark, and the
# first fact that is not as said ends the script through `on_failure`, which the script may define.

if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' dim='' green='' red='' plain=''
fi

facts=0   # facts seen so far
output='' # what the last `run` or `quietly` printed

# A heading: what happens next.
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# A fact that has been seen.
seen() {
  facts=$((facts + 1))
  printf '  %s✓%s %s\n' "$green" "$plain" "$*"
}

# A fact that should be and is not: says so, shows what helps to find out why, and ends the script.
fail() {
  printf '  %s✗ %s%s\n' "$red" "$*" "$plain" >&2
  if declare -F on_failure > /dev/null; then on_failure >&2; fi
  exit 1
}

# The words of a command as a person would type them.
typed() {
  local word line=''
  for word in "$@"; do
    case "$word" in
      *\'*) line+="\"$word\" " ;;
      '' | *[!A-Za-z0-9_./:=@%+,-]*) line+="'$word' " ;;
      *) line+="$word " ;;
    esac
  done
  printf '%s' "${line% }"
}

# Runs a command without showing it; its output is in $output, its exit code is the function's.
quietly() { output=$("$@" 2>&1); }

# Shows a command, runs it, shows its output (12 lines at most).
run() {
  printf '  %s$ %s%s\n' "$dim" "$(typed "$@")" "$plain"
  local code=0
  quietly "$@" || code=$?
  if [ -n "$output" ]; then sed -n -e '1,12s/^/    /p' -e '13s/.*/    …/p' <<< "$output"; fi
  [ "$code" -eq 0 ] || fail "the command ended with exit code $code"
}

# is TEXT GOT WANTED: the fact that GOT is WANTED.
is() {
  [ "$2" = "$3" ] || fail "$1: expected «$3», found «$2»"
  seen "$1"
}

# within SECONDS COMMAND…: repeats the command, every 50 ms, until it succeeds. Fails when the time is up.
within() {
  local deadline=$(($(date +%s%3N) + $1 * 1000))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$(date +%s%3N)" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}
