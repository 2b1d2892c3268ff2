#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes the root folder of a container image: the program, the libraries that it is linked to if it is not static, and
# nothing else: no shell, no package manager, no other user's files.
set -eu

usage="usage: image-root.sh PROGRAM FOLDER"
program=${1:?"$usage"}
root=${2:?"$usage"}

if [ -e "$root" ]; then
  echo "image-root.sh: $root is there already" >&2
  exit 1
fi
mkdir -p "$root/usr/local/bin"
install -m 755 "$program" "$root/usr/local/bin/callsign"

# A library is named as "libm.so.6 => /lib/libm.so.6 (0x…)", the loader by its path alone.
libraries=$(ldd "$program" 2> /dev/null | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }')
case "$libraries" in
  *not*) echo "image-root.sh: a library of $program is missing: $(ldd "$program" | grep 'not found')" >&2; exit 1 ;;
esac
for library in $libraries; do
  mkdir -p "$root$(dirname "$library")"
  cp --dereference "$library" "$root$library"
done

# Without root's rights, and with no more than this one given back, a process may listen on port 53.
setcap cap_net_bind_service=+ep "$root/usr/local/bin/callsign"
