#!/usr/bin/env bash
# Tests what the container image holds, without a container engine: the same file system
# is made by hand, read-only, in namespaces of its own, and what Containerfile says is run
# in it, with its user and its health check.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/report.sh

[ "$(id -u)" = 0 ] || skip "test-container: only root can make the container's file system"
for tool in unshare nsenter chroot ip curl openssl go; do
	command -v $tool >/dev/null || skip "test-container: $tool is not installed"
done
unshare -m -p -f -n true 2>/dev/null || skip "test-container: namespaces cannot be made here"

said_of() { sed -n "s/^$1 //p" packaging/container/Containerfile; }
export "$(said_of ENV)"

work=$(mktemp -d)
root=$work/root volume=$work/volume
daemon=    # its process, which is process 1 in there
holder=    # unshare, ours: what it started ends with it
publisher= # ours

cleanup() {
	trap - EXIT INT TERM
	for pid in $publisher $holder; do kill -KILL "$pid" 2>/dev/null; done
	wait 2>/dev/null
	rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# said NAME: the words of an instruction of the image in the form of a list.
said() { tr '\n' ' ' <packaging/container/Containerfile | grep -o "$1 \[[^]]*\]" | head -n 1 | grep -o '"[^"]*"' | tr -d '"'; }
user=$(said_of USER)
place=$(said_of VOLUME)
mapfile -t start < <(said ENTRYPOINT; tac packaging/container/Containerfile | grep -m 1 '^CMD' | grep -o '"[^"]*"' | tr -d '"')
mapfile -t health < <(said CMD)

# run starts the daemon as an engine would: read-only root, one volume, a network of its own.
run() {
	unshare -m -p -f -n --kill-child sh -c '
		ip link set lo up &&
		mount --bind "$1" "$1" && mount --bind "$2" "$1$3" && mount -t proc proc "$1/proc" &&
		mount -o remount,bind,ro "$1" && shift 3 && root=$1 user=$2 && shift 2 &&
		exec env -i PATH=/usr/sbin:/usr/bin SLUICE_CONFIG="$SLUICE_CONFIG" chroot --userspec="$user" "$root" "$@"
	' sh "$root" "$volume" "$place" "$root" "$user" "${start[@]}" >"$work/log" 2>&1 &
	holder=$!
	for _ in $(seq 100); do
		daemon=$(ps -o pid= --ppid "$holder" | tr -d ' ')
		[ -n "$daemon" ] && grep -qz "^${start[0]}$" "/proc/$daemon/cmdline" 2>/dev/null && return
		sleep 0.1
	done
	daemon=$holder # that it did not come up is told by the first step that asks it
	return 1
}

# inside runs a command in the container, as its user; in_network one of this machine in its network.
inside() { timeout 30 nsenter -t "$daemon" -m -n -p -r -G "${user#*:}" -S "${user%:*}" "$@"; }
in_network() { nsenter -t "$daemon" -n "$@"; }
healthy() { inside "${health[@]}" 2>&1; }
state() {
	local said status
	said=$(healthy)
	status=$?
	echo "$status $said"
}
ready() {
	for _ in $(seq 150); do
		healthy >/dev/null && return
		sleep 0.2
	done
	return 1
}
same() { if [ "$2" = "$3" ]; then ok "$1: $2"; else not_ok "$1: got $2, want $3"; fi; }

CGO_ENABLED=0 ${GO:-go} build -trimpath -buildvcs=false -ldflags '-s -w' -o "$work/sluice" ./cmd/sluice || { not_ok "the program builds"; finish test-container; }
check "the file system is made" packaging/container/root.sh "$work/sluice" "$root"
mkdir -m 700 "$volume" && chown "$user" "$volume"
ok "it holds: $(cd "$root" && find . -type f -printf '%P ' | tr '\n' ' ')"
same "it starts" "${start[*]}" "/usr/bin/sluice serve"

run && ready
same "as user $user, read-only, without names to look up it is healthy (${health[*]})" "$(state)" "0 ready"
same "it is process 1, and its user is" "$(in_network sed -n 's/^NSpid:.*\t//p; s/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$daemon/status" | tr '\n' ' ')" "${user%:*} 1 "
same "it serves" "$(in_network curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/feeds/all.atom)" 200

kill -STOP "$daemon"
same "one that hangs is not" "$(state | cut -d " " -f 1-6)" "75 sluice: the daemon does not"
kill -CONT "$daemon"
same "one that goes on is" "$(state)" "0 ready"
kill -TERM "$daemon"
wait "$holder"
same "it stops when asked to" "$?" 0
same "a store without a daemon is not healthy" "$(chroot --userspec="$user" "$root" "${health[@]}" 2>&1 | cut -c 1-28; exit "${PIPESTATUS[0]}") $?" "sluice: no daemon is running 69"

# A publisher with a certificate of an authority that is in the bundle, and a rule that names a time zone.
mkdir "$work/web"
cat >"$work/web/feed.xml" <<'X'
<rss version="2.0"><channel><title>Far</title><link>https://l.example/</link><description>d</description>
<item><guid isPermaLink="false">1</guid><title>Harbour</title><link>https://l.example/1</link><description>Text.</description></item></channel></rss>
X
{
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$work/ca.key" -out "$work/ca.crt"
	openssl req -newkey rsa:2048 -nodes -subj /CN=publisher -keyout "$work/key" -out "$work/csr"
	printf 'subjectAltName=IP:127.0.0.1\n' >"$work/ext"
	openssl x509 -req -days 2 -in "$work/csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -extfile "$work/ext" -out "$work/crt"
} >"$work/openssl.log" 2>&1 || not_ok "a certificate is made: $(tail -n 1 "$work/openssl.log")"
cat >"$root/etc/sluice/config.yaml" <<'Y'
server: {listen: 127.0.0.1:8080, admin: ""}
storage: {path: /var/lib/sluice/sluice.db}
sources: [{name: far, url: "https://127.0.0.1:8443/feed.xml", allow_private: [127.0.0.1/32]}]
outputs: [{name: all, keep: 'seen.getFullYear("Europe/Berlin") > 2000'}]
Y
cp "$root/etc/ssl/certs/ca-certificates.crt" "$work/bundle"
poll() { # waits for the daemon and polls once
	run && ready || { not_ok "it starts again: $(tail -n 1 "$work/log")"; return; }
	(cd "$work/web" && exec nsenter -t "$daemon" -n openssl s_server -quiet -accept 127.0.0.1:8443 -WWW -cert "$work/crt" -key "$work/key") >/dev/null 2>&1 &
	publisher=$!
	for _ in $(seq 100); do
		in_network curl -s -k -o /dev/null https://127.0.0.1:8443/feed.xml && break
		sleep 0.1
	done
	inside /usr/bin/sluice sync --all >"$work/sync" 2>&1
	echo $? >"$work/status"
	in_network curl -s http://127.0.0.1:8080/feeds/all.atom | grep -c '<title>Harbour' >"$work/found"
	kill "$publisher" 2>/dev/null
	kill -TERM "$daemon"
	wait "$holder" "$publisher" 2>/dev/null
	publisher= holder=
}
poll
same "a publisher of an unknown authority is refused" "$(cat "$work/status") $(cat "$work/found")" "75 0"
cat "$work/ca.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
poll
same "one of an authority in the bundle is polled, and a rule finds its time zone" "$(cat "$work/status") $(cat "$work/found")" "0 1"

finish test-container
