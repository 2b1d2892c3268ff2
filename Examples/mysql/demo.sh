#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs Examples/mysql with Callsign and shows, step by step and with real clients, that names and addresses do what they
# should. Exit code 0: every step was seen to happen. Nothing is left behind, unless --keep is given.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=Scripts/stage.sh
. "$root/Scripts/stage.sh"

usage="usage: demo.sh [--keep] [--callsign PATH]

  --keep           leave the cluster running at the end, and say how to use it and how to end it
  --callsign PATH  the program to show (default: the release build)"

keep=false
program=$root/.build/release/callsign
while [ $# -gt 0 ]; do
  case "$1" in
    --keep) keep=true ;;
    --callsign) program=${2:?"$usage"}; shift ;;
    -h | --help) echo "$usage"; exit 0 ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
  shift
done

PATH=$PATH:/usr/sbin:/sbin
zone=default.svc.cluster.local
time_limit=120 # seconds, for the whole demo
reads=30       # that all land on two of three servers by chance: 1 in 60,000
pods=(mysql-0 mysql-1 mysql-2)
data=$(mktemp -d "${TMPDIR:-/tmp}/callsign-demo.XXXXXX")
log=$data.log
up='' # process id of `callsign up`
export KUBECONFIG=$data/kubeconfig

# ---- The commands that are shown, with what they need on this machine ----------------------------------------------

callsign() {
  local verb=$1
  shift
  "$program" "$verb" --data-dir "$data" "$@"
}

# sql HOST STATEMENT: runs a statement as a client in the pod `client` does.
sql() { callsign exec client -- mariadb -u app -h "$1" -Ne "$2"; }

# names NAME [TYPE]: what the cluster's DNS answers, asked from the machine itself, in order.
names() { dig @127.0.0.1 -p "$dns_port" +short +tries=1 +time=2 "$1.$zone" "${2:-A}" | sort; }

address() { kubectl get pod "$1" -o 'jsonpath={.status.podIP}'; }

identity() { kubectl get pod "$1" -o 'jsonpath={.metadata.uid}'; }

lines() { printf '%s\n' "$@" | sort; }

# tally: how many of some reads through mysql-read each server answered, one line a server.
tally() {
  local loop="for i in \$(seq $reads); do mariadb -u app -h mysql-read -Ne 'SELECT @@hostname'; done | sort | uniq -c"
  callsign exec client -- sh -c "$loop" | awk '{ print $2, $1 }'
}

servers() { awk '{ print $1 }' <<< "$1"; }

# ---- The beginning and the end -------------------------------------------------------------------------------------

start() {
  printf '  %s$ callsign up -f Examples/mysql --data-dir %s --api-port 0 --dns-port 0%s\n' "$dim" "$data" "$plain"
  "$program" up -f "$here" --data-dir "$data" --api-port 0 --dns-port 0 > "$log" 2>&1 &
  up=$!
  within 30 started || fail "callsign up did not become ready"
  kill -0 "$up" 2> /dev/null || fail "callsign up ended at once"
  sed -n -e 's/^/    /' -e '1,12p' "$log"
  dns_port=$(sed -n 's/^ *DNS  *127\.0\.0\.1:\([0-9]*\).*/\1/p' "$log")
  [ -n "$dns_port" ] || fail "callsign up named no DNS port"
}

started() { grep -q '^ *ready' "$log" || ! kill -0 "$up"; }

# Ends the cluster and removes its data. What an ordinary user's pods wrote belongs to sub-ids of that user, so the
# removal then needs a user namespace too.
finish() {
  [ -n "$up" ] || return 0
  timeout 30 "$program" down --data-dir "$data" > "$data.down" 2>&1 || cat "$data.down" >&2
  within 10 ended || { kill -KILL "$up" 2> /dev/null || true; }
  wait "$up" 2> /dev/null || true
  up=''
}

ended() { ! kill -0 "$up"; }

remove_data() {
  rm -rf "$data" 2> /dev/null || unshare --map-root-user --map-auto rm -rf "$data" || true
  rm -f "$log" "$data.down"
}

on_failure() {
  echo
  [ -n "$up" ] || return 0
  echo "What the cluster looked like:"
  callsign status || true
  kubectl get pods,endpointslices -o wide || true
  kubectl get events --sort-by=.metadata.creationTimestamp | tail -n 15 || true
  for pod in "${pods[@]}"; do
    echo "--- the last lines of $pod"
    callsign logs "$pod" 2>&1 | tail -n 10 || true
  done
  echo "--- the last lines of callsign up"
  tail -n 30 "$log"
}

cleanup() {
  local code=$?
  trap - EXIT INT TERM
  finish
  remove_data
  exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- The story -----------------------------------------------------------------------------------------------------

bring_up() {
  step "1. Three MariaDB servers, a headless Service, a normal Service"
  start
  for pod in "${pods[@]}" client; do
    within 60 kubectl wait --for=condition=Ready "pod/$pod" --timeout=1s || fail "$pod is not ready"
  done
  seen "all pods are Ready, $SECONDS s after the start"
  run kubectl get pods -o wide
  run callsign status
  ips=()
  for pod in "${pods[@]}"; do ips+=("$(address "$pod")"); done
  is "each server has an address of its own" "$(lines "${ips[@]}" | uniq | grep -c .)" 3
}

show_names() {
  step "2. The names"
  local service_ip
  service_ip=$(kubectl get service mysql-read -o 'jsonpath={.spec.clusterIP}')
  is "mysql-read.$zone is one address, $service_ip" "$(names mysql-read)" "$service_ip"
  run dig "@127.0.0.1" -p "$dns_port" +noall +answer "mysql.$zone"
  is "mysql.$zone is all three pods" "$(names mysql)" "$(lines "${ips[@]}")"
  local i
  for i in 0 1 2; do
    is "mysql-$i.mysql.$zone is ${ips[i]}" "$(names "mysql-$i.mysql")" "${ips[i]}"
  done
  quietly dig @127.0.0.1 -p "$dns_port" +short -x "${ips[0]}"
  is "${ips[0]} is mysql-0.mysql.$zone" "$output" "mysql-0.mysql.$zone."
  run dig "@127.0.0.1" -p "$dns_port" +short "_mysql._tcp.mysql.$zone" SRV
  is "SRV names each server with its port" "$(awk '{ print $3, $4 }' <<< "$output" | sort)" \
    "$(for pod in "${pods[@]}"; do echo "3306 $pod.mysql.$zone."; done)"

  run callsign exec client -- dig +search +short mysql
  is "a pod finds them by the short name" "$(sort <<< "$output")" "$(lines "${ips[@]}")"
  run callsign exec client -- getent hosts mysql-0.mysql
  is "and through the C library: mysql-0.mysql" "${output%% *}" "${ips[0]}"
  run callsign exec client -- getent hosts mysql-read
  is "and mysql-read" "${output%% *}" "$service_ip"
}

write_first_row() {
  step "3. A row, written to the primary by its name"
  quietly sql mysql-0.mysql 'CREATE DATABASE app; CREATE TABLE app.notes (id INT PRIMARY KEY, text TEXT)' \
    || fail "no table: $output"
  run callsign exec client -- mariadb -u app -h mysql-0.mysql -e "INSERT INTO app.notes VALUES (1, 'first')"
  seen "mysql-0 took the row"
  if quietly sql mysql-1.mysql "INSERT INTO app.notes VALUES (9, 'astray')"; then fail "mysql-1 took a write"; fi
  [[ $output == *read-only* ]] || fail "mysql-1 refused the write for another reason: $output"
  seen "mysql-1 refuses writes: that is why the primary needs a name"
  row_arrives 1 first
}

# row_arrives ID TEXT: both replicas have the row.
row_arrives() {
  for pod in mysql-1 mysql-2; do
    within 20 row_is_at "$pod" "$1" "$2" || fail "row $1 did not arrive at $pod"
    seen "row $1 arrived at $pod"
  done
}

row_is_at() { [ "$(sql "$1.mysql" "SELECT text FROM app.notes WHERE id = $2")" = "$3" ]; }

read_anywhere() {
  step "4. Reads through mysql-read, one address for all servers"
  run callsign exec client -- mariadb -u app -h mysql-read -e 'SELECT @@hostname, id, text FROM app.notes'
  quietly tally || fail "$output"
  printf '    %s reads were answered by:\n' "$reads"
  awk '{ print "      " $0 }' <<< "$output"
  is "every server had its share" "$(servers "$output")" "$(lines "${pods[@]}")"
}

replace_primary() {
  step "5. mysql-0 is deleted, and comes back under its name with another address"
  local before=${ips[0]} old
  old=$(identity mysql-0)
  run kubectl delete pod mysql-0
  within 60 replaced "$old" || fail "mysql-0 did not come back"
  ips[0]=$(address mysql-0)
  run kubectl get pod mysql-0 -o wide
  [ "${ips[0]}" != "$before" ] || fail "mysql-0 has the same address, $before"
  seen "mysql-0 was $before and is ${ips[0]}"
  within 5 name_is mysql-0.mysql "${ips[0]}" || fail "mysql-0.mysql is «$(names mysql-0.mysql)»"
  seen "mysql-0.mysql.$zone followed"
  is "its volume came with it: row 1 is there" "$(sql mysql-0.mysql 'SELECT text FROM app.notes')" first
  within 30 both_follow || fail "the replicas did not come back: $(primary_sees)"
  run callsign exec mysql-0 -- mariadb -e 'SHOW SLAVE HOSTS'
  seen "both replicas found their primary again, by name"
  run callsign exec client -- mariadb -u app -h mysql-0.mysql -e "INSERT INTO app.notes VALUES (2, 'second')"
  row_arrives 2 second
}

replaced() { [ "$(identity mysql-0)" != "$1" ] && kubectl wait --for=condition=Ready pod/mysql-0 --timeout=1s; }

name_is() { [ "$(names "$1")" = "$2" ]; }

name_is_gone() { dig @127.0.0.1 -p "$dns_port" +tries=1 +time=2 "$1.$zone" | grep -q 'status: NXDOMAIN'; }

primary_sees() { callsign exec mysql-0 -- mariadb -Ne 'SHOW SLAVE HOSTS' | awk '{ print $2 }' | sort; }

both_follow() { [ "$(primary_sees)" = "$(lines mysql-1 mysql-2)" ]; }

hold_one_back() {
  step "6. mysql-2 becomes unready, and ready again"
  run callsign exec mysql-2 -- touch /run/mysqld/not-ready
  run kubectl wait --for=condition=Ready=false pod/mysql-2 --timeout=20s
  within 5 name_is mysql "$(lines "${ips[0]}" "${ips[1]}")" || fail "mysql.$zone is «$(names mysql)»"
  seen "mysql.$zone is the two others"
  within 5 name_is_gone mysql-2.mysql || fail "mysql-2.mysql.$zone is «$(names mysql-2.mysql)»"
  seen "mysql-2.mysql.$zone does not exist"
  within 10 read_by mysql-0 mysql-1 || fail "reads were answered by: $(tally)"
  is "$reads reads went to the two others" "$(servers "$(tally)")" "$(lines mysql-0 mysql-1)"

  run callsign exec mysql-2 -- rm /run/mysqld/not-ready
  run kubectl wait --for=condition=Ready pod/mysql-2 --timeout=20s
  within 5 name_is mysql "$(lines "${ips[@]}")" || fail "mysql.$zone is «$(names mysql)»"
  seen "mysql.$zone is all three again"
  within 10 read_by "${pods[@]}" || fail "reads were answered by: $(tally)"
  seen "and reads reach all three"
}

read_by() { [ "$(servers "$(tally)")" = "$(lines "$@")" ]; }

leave_running() {
  step "The cluster stays. In this shell:"
  cat << END
    export KUBECONFIG=$data/kubeconfig
    kubectl get pods -o wide
    dig @127.0.0.1 -p $dns_port mysql.$zone
    $program exec --data-dir $data client -- mariadb -u app -h mysql-read -e 'SELECT @@hostname, notes.* FROM app.notes'
  To end it, and to remove its data:
    $program down --data-dir $data
    rm -rf $data $log$([ "$(id -u)" -eq 0 ] || echo "   # or: unshare --map-root-user --map-auto rm -rf $data")
END
  trap - EXIT
}

take_down() {
  step "7. The end"
  printf '  %s$ callsign down%s\n' "$dim" "$plain"
  finish
  is "no process of the cluster is left" "$(cluster_processes)" ''
  is "no mount is left" "$(grep -F -- "$data" /proc/self/mountinfo || true)" ''
}

# The processes whose command line names the data folder.
cluster_processes() {
  local file command
  for file in /proc/[0-9]*/cmdline; do
    command=$(tr '\0' ' ' 2> /dev/null < "$file") || continue
    case "$command" in *"$data"*) echo "$command" ;; esac
  done
}

[ -x "$program" ] || fail "there is no $program yet: build it with \`make build\`"
bring_up
show_names
write_first_row
read_anywhere
replace_primary
hold_one_back
if $keep; then leave_running; else take_down; fi
[ "$SECONDS" -lt "$time_limit" ] || fail "that took $SECONDS s; the limit is $time_limit s"
step "All $facts facts were seen, in $SECONDS s."
