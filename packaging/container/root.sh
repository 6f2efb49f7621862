#!/bin/sh
# Makes the file system of the container image: root.sh PROGRAM FOLDER. Containerfile
# and the test of it use the same. It needs the package ca-certificates where it runs.
set -eu
program=$1 root=$2
here=$(dirname "$0")
bundle=/etc/ssl/certs/ca-certificates.crt
[ -s "$bundle" ] || { echo "root.sh: $bundle is missing; install ca-certificates" >&2; exit 1; }

umask 022
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/etc/sluice" "$root/proc" "$root/tmp"
mkdir -p "$root/var/lib/sluice"
install -m 755 "$program" "$root/usr/bin/sluice"
install -m 644 "$bundle" "$root$bundle"
install -m 644 "$here/config.yaml" "$root/etc/sluice/config.yaml"
# Whoever reads lists of files or processes sees a name.
echo 'sluice:x:65532:65532::/var/lib/sluice:/nonexistent' >"$root/etc/passwd"
echo 'sluice:x:65532:' >"$root/etc/group"
# A volume that is made of it belongs to the daemon.
chmod 700 "$root/var/lib/sluice"
chown 65532:65532 "$root/var/lib/sluice"
