#!/usr/bin/env bash
# Tests the package and its units under a real systemd: a Debian root is made once, kept
# in the user's cache, booted in a container, and the package is installed there. The
# steps are in systemd-steps.sh. It needs root, and touches nothing of this machine but
# its cache and a temporary folder.
#
#   SLUICE_MIRROR=http://deb.example/debian  where Debian is fetched from, once
#   SLUICE_KEEP=1                            keeps the root for a look
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/report.sh
. packaging/systemd-steps.sh

SUITE=bookworm

[ "$(id -u)" = 0 ] || skip "test-systemd: only root can boot a container"
for tool in systemd-nspawn debootstrap nsenter curl dpkg-deb go; do
	command -v $tool >/dev/null || skip "test-systemd: $tool is not installed"
done

work=$(mktemp -d)
container= # process that holds the container, ours
init=      # its process 1

# cleanup ends the container and takes the root away. Its mounts are in a namespace of
# its own and end with it.
cleanup() {
	trap - EXIT INT TERM
	if [ -n "$container" ] && kill "$container" 2>/dev/null; then # asks its systemd to power off
		for _ in $(seq 100); do
			kill -0 "$container" 2>/dev/null || break
			sleep 0.1
		done
		[ -z "$init" ] || kill -KILL "$init" 2>/dev/null
	fi
	wait
	[ -n "${SLUICE_KEEP:-}" ] && echo "kept: $work" || rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# fetch_root makes the root that is kept: a minimal Debian with systemd. The file is
# there whole or not at all.
fetch_root() {
	local cache=$1
	mkdir -p "${cache%/*}" || return 1
	echo "making a Debian root, once: $cache" >&2
	timeout -k 5 400 debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus $SUITE "$work/new" ${SLUICE_MIRROR:+"$SLUICE_MIRROR"} >"$work/debootstrap.log" 2>&1 || return 1
	rm -rf "$work/new/var/cache/apt/archives/"*.deb "$work/new/var/lib/apt/lists/"*
	tar -C "$work/new" -cf "$cache.$$" . && mv "$cache.$$" "$cache"
	rm -rf --one-file-system "$work/new" "$cache.$$"
}

# boot starts the container and waits until its systemd has started what there is.
boot() {
	timeout -k 5 1200 systemd-nspawn -D "$work/root" -b --private-network --register=no --keep-unit \
		--console=pipe -M "sluice-test-$$" </dev/null >"$work/console" 2>&1 &
	local outer=$! nspawn=
	container=$outer
	for _ in $(seq 300); do
		nspawn=$(ps -o pid= --ppid "$outer" | tr -d ' ')
		[ -z "$nspawn" ] || init=$(ps -o pid= --ppid "$nspawn" | tr -d ' ')
		if [ -n "$init" ] && inside true 2>/dev/null; then
			timeout 60 nsenter -t "$init" -a systemctl is-system-running --wait >"$work/running" 2>&1
			grep -qx 'running\|degraded' "$work/running" && return
		fi
		kill -0 "$outer" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# inside runs a command in the container; web is curl of this machine in its network.
inside() { timeout -k 2 120 nsenter -t "$init" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"; }
web() { nsenter -t "$init" -n curl -sS -m 60 "$@"; }

# Both of one tree: an older program does not read a store that a newer one has used.
package=$(packaging/deb/build.sh "$work") || { not_ok "the package builds"; finish test-systemd; }
CGO_ENABLED=0 ${GO:-go} build -trimpath -tags fault -o "$work/sluice-fault" ./cmd/sluice || { not_ok "a program that can hang builds"; finish test-systemd; }

cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/sluice/$SUITE-$(dpkg --print-architecture).tar
if [ ! -s "$cache" ] && ! fetch_root "$cache"; then
	skip "test-systemd: debootstrap could not make a root: $(tail -n 1 "$work/debootstrap.log" 2>/dev/null)"
fi
mkdir "$work/root" && tar -C "$work/root" -xpf "$cache" || { not_ok "the root is unpacked from $cache"; finish test-systemd; }
rm -f "$work/root/etc/machine-id" && : >"$work/root/etc/machine-id"
cp "$package" "$work/root/sluice.deb" || { not_ok "$package is there"; finish test-systemd; }

steps_without_systemd

if ! boot; then
	skip "test-systemd: systemd does not boot in a container here: $(tail -n 1 "$work/console" | tr -d '\r')"
fi
ok "systemd boots: $(inside systemctl --version | head -n 1), $(cat "$work/running")"
steps || not_ok "the rest could not be tried"
finish test-systemd
