#!/bin/sh
# What the tests use beyond Go: real feed readers, a browser, proxies, shells, systemd, an XML checker, a C
# compiler for the race detector. Installs what is missing when root on a Debian, names
# what is missing everywhere, and never fails: a test whose tool is missing is
# skipped, and "make test" counts and names it.
set -u

# One line a tool: the Debian package, then a command that succeeds when it is there.
wanted='caddy:command -v caddy
chromium:command -v chromium
dbus-daemon:command -v dbus-run-session
e2fsprogs:command -v mkfs.ext4
fish:command -v fish
fuse3:command -v fusermount3
gcc:command -v gcc
iproute2:command -v ip || test -x /sbin/ip
libc6-dev:test -e /usr/include/stdio.h
libxml2-utils:command -v xmllint
libnbd-bin:command -v nbdfuse
liferea:command -v liferea
nbdkit:command -v nbdkit
newsboat:command -v newsboat
nginx-light:command -v nginx || test -x /usr/sbin/nginx
prometheus:command -v promtool
python3-feedparser:/usr/bin/python3 -c "import feedparser"
rss2email:command -v r2e
rsstail:command -v rsstail
sfeed:command -v sfeed
slowhttptest:command -v slowhttptest
strace:command -v strace
systemd:command -v systemd-analyze
xauth:command -v xauth
xfsprogs:command -v xfs_io
xvfb:command -v xvfb-run
zsh:command -v zsh'

missing() {
	printf '%s\n' "$wanted" | while IFS=: read -r package probe; do
		sh -c "$probe" >/dev/null 2>&1 || printf ' %s' "$package"
	done
}

lacking=$(missing)
[ -n "$lacking" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
	echo "test tools: installing$lacking" >&2
	log=$(mktemp)
	export DEBIAN_FRONTEND=noninteractive
	apt-get -qq update >"$log" 2>&1 || tail -n 3 "$log" >&2
	# One at a time: a package that this release does not have must not cost the others.
	for package in $lacking; do
		apt-get -qq install -y --no-install-recommends "$package" >"$log" 2>&1 || {
			echo "test tools: apt-get could not install $package" >&2
			tail -n 3 "$log" >&2
		}
	done
	rm -f "$log"
	lacking=$(missing)
fi

[ -z "$lacking" ] || echo "test tools: missing:$lacking; tests that need them are skipped" >&2
exit 0
