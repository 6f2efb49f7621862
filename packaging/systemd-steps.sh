# The steps of test-systemd.sh, in their order. Each tells in a line what was seen.
# "inside" runs a command in the container, "web" asks over HTTP, $work/root is its root.

etc=etc/sluice/config.yaml
feeds=http://127.0.0.1:8080/feeds

# Before systemd runs: what an image is made of, on a system without systemd's own way to make users.
steps_without_systemd() {
	local sysusers=$work/root/usr/bin/systemd-sysusers
	still() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 chroot "$work/root" "$@"; }
	mv "$sysusers" "$sysusers.aside"
	check "where systemd does not run dpkg installs it" still dpkg -i /sluice.deb
	same "with its user, to be started by the next boot" "$(still id -un sluice) $(still sh -c 'cd /etc/systemd/system/multi-user.target.wants && echo sluice*')" "sluice sluice.service"
	check "and purges it" still dpkg -P sluice
	same "with its user" "$(still id -un sluice 2>&1 | tail -n 1 | grep -o 'no such user')" "no such user"
	mv "$sysusers.aside" "$sysusers"
}

steps() {
	inside find /etc /usr /var /root -xdev | sort >"$work/before"
	cp "$work/root/etc/passwd" "$work/passwd"
	step_install || return
	step_reload
	step_refused
	step_log
	step_sync
	step_credential
	step_watchdog
	step_restarts
	step_wrong
	step_damage
	step_upgrade
	step_remove
	step_purge
}

# show PROPERTY: what systemd says of the daemon.
show() { inside systemctl show -P "$1" sluice.service; }

# code URL: the status of an answer, 000 where there is none.
code() { web -o /dev/null -w '%{http_code}' "$1" 2>/dev/null; }

# same STEP GOT WANT
same() { if [ "$2" = "$3" ]; then ok "$1: $2"; else not_ok "$1: got $2, want $3"; fi; }

# why STEP: what the daemon logged last, for a step that failed.
why() { not_ok "$1: $(inside journalctl -u sluice.service -n 3 -o cat --no-pager | tr '\n' ' ')"; }

# eventually COMMAND...: it succeeds within a minute.
eventually() {
	local end=$((SECONDS + 60))
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}
has() { [ "$(code "$1")" = "$2" ]; }
is() { [ "$(show "$1")" = "$2" ]; }
restarted() { [ "$(show NRestarts)" -ge 1 ]; }

# configure: the package's configuration with a source that is polled, and what else is given.
configure() {
	sed "s|^sources:.*|sources: [{name: local, url: 'file:/etc/sluice/feed.xml'}]|" "$work/shipped.yaml" >"$work/root/$etc"
	cat >>"$work/root/$etc"
}

step_install() {
	check "dpkg installs it" inside dpkg -i /sluice.deb
	cp "$work/root/$etc" "$work/shipped.yaml"
	cat >"$work/root/etc/sluice/feed.xml" <<-'X'
		<rss version="2.0"><channel><title>Local</title><link>https://l.example/</link><description>d</description>
		<item><guid isPermaLink="false">1</guid><title>Harbour</title><link>https://l.example/1</link><description>Text.</description></item>
		</channel></rss>
	X
	chmod 0644 "$work/root/etc/sluice/feed.xml"
	# A notify unit is active once READY came, not before.
	if eventually is ActiveState active; then
		ok "the daemon said READY: $(show Type), active, $(show NRestarts) restarts, status: $(show StatusText)"
	else
		why "the daemon is active"
	fi
	same "it is enabled" "$(inside systemctl is-enabled sluice.service sluice.socket sluice-sync.timer 2>&1 | tr '\n' ' ')" "enabled disabled disabled "
	same "it runs as its own user" "$(inside stat -c %U "/proc/$(show MainPID)")" sluice
	same "the configuration is for root and the daemon" "$(inside stat -c '%a %U:%G' /$etc)" "640 root:sluice"
	same "the store is the daemon's alone" "$(inside stat -c '%a %U:%G' /var/lib/sluice /var/lib/sluice/sluice.db | tr '\n' ' ')" "700 sluice:sluice 600 sluice:sluice "
	same "it serves" "$(code $feeds/all.atom)" 200
	same "it says itself that it is ready" "$(inside sluice status --ready 2>&1)" ready
	same "it runs without privileges" "$(inside sed -n 's/^CapEff:\t//p' "/proc/$(show MainPID)/status")" 0000000000000000
	is ActiveState active
}

step_reload() {
	configure </dev/null
	check "a reload is taken" inside systemctl reload sluice.service
	check "what it added is polled" inside sluice sync -c /$etc
	if web $feeds/all.atom 2>/dev/null | grep -q Harbour; then ok "and published, status: $(show StatusText)"; else why "what was polled is published"; fi
}

step_refused() {
	local before
	before=$(show MainPID)
	echo 'sauces: []' >>"$work/root/$etc"
	if inside systemctl reload sluice.service 2>/dev/null; then not_ok "a wrong configuration is refused by systemctl reload"; else ok "a wrong configuration is refused: systemctl reload ends with $?"; fi
	same "and the old one serves on, in the same process" "$(code $feeds/all.atom) $(show MainPID)" "200 $before"
	ok "what systemctl status shows of it: $(show StatusText)"
	configure </dev/null
	check "the mended one is taken" inside systemctl reload sluice.service
}

# step_log: the journal knows how grave a line is, and a signal has the daemon say more.
step_log() {
	logged() { inside journalctl -u sluice.service --no-pager -o cat "$@"; }
	same "the refusal is an error to the journal, a start is none" "$(logged -p err | grep -c 'msg="reload refused"') $(logged -p err | grep -c msg=listening)" "1 0"
	same "and no line begins with a priority or the time" "$(logged | grep -cE '^(<[0-7]>|time=)')" 0
	inside systemctl kill -s USR1 sluice.service
	eventually_logged 'msg="log level changed by a signal" level=DEBUG'
	code $feeds/all.atom >/dev/null
	check "SIGUSR1 has it log requests" eventually_logged 'component=access method=GET address=/feeds/all.atom status=200'
	inside systemctl kill -s USR1 sluice.service
	check "and another one ends that" eventually_logged 'msg="log level changed by a signal" level=INFO'
}
eventually_logged() { eventually sh -c "nsenter -t $init -a env -i PATH=/usr/bin:/bin journalctl -u sluice.service --no-pager -o cat | grep -qF '$1'"; }

step_sync() {
	local before
	before=$(show MainPID)
	check "the one-shot service asks the daemon" inside systemctl start sluice-sync.service
	same "and ends well, beside it" "$(inside systemctl show -P ExecMainStatus sluice-sync.service) $(show MainPID)" "0 $before"
	check "the timer starts" inside systemctl start sluice-sync.timer
	ok "its next round: $(inside systemctl show -P NextElapseUSecRealtime sluice-sync.timer)"
	inside systemctl stop sluice-sync.timer sluice.service
	check "without the daemon it polls by itself" inside systemctl start sluice-sync.service
	same "and ends well" "$(inside systemctl show -P ExecMainStatus,ActiveState sluice-sync.service | tr '\n' ' ')" "0 inactive "
	same "whose the store is did not change" "$(inside stat -c %U:%G /var/lib/sluice/sluice.db)" sluice:sluice
	check "the daemon starts again" inside systemctl start sluice.service
	same "and serves" "$(code $feeds/all.atom)" 200
}

step_credential() {
	local token=0123456789abcdef0123456789abcdef
	mkdir -p "$work/root/etc/systemd/system/sluice.service.d"
	printf '[Service]\nLoadCredential=reader:/etc/sluice/reader.token\n' >"$work/root/etc/systemd/system/sluice.service.d/credential.conf"
	(umask 077 && echo $token >"$work/root/etc/sluice/reader.token")
	configure <<<'  - {name: private, tokens: [{file: "${CREDENTIALS_DIRECTORY}/reader"}]}'
	inside systemctl daemon-reload
	check "a token comes by LoadCredential" inside systemctl restart sluice.service
	same "with it, without it, with another" "$(code "$feeds/private.atom?token=$token") $(code $feeds/private.atom) $(code "$feeds/private.atom?token=x")" "200 404 404"
	same "its file is for root alone, and in no log" "$(inside stat -c '%a %U' /etc/sluice/reader.token) $(inside journalctl --no-pager -o cat | grep -c $token)" "600 root 0"
	rm -r "$work/root/etc/systemd/system/sluice.service.d"
	rm "$work/root/etc/sluice/reader.token"
	configure </dev/null
	inside systemctl daemon-reload
	check "and goes as it came" inside systemctl restart sluice.service
}

# The loop of polling hangs for as long as a file is there: a build with the tag "fault" has that.
step_watchdog() {
	local before dropin=$work/root/etc/systemd/system/sluice.service.d
	mkdir -p "$dropin"
	install -m 755 "$work/sluice-fault" "$work/root/usr/local/bin/sluice-fault"
	printf '[Service]\nWatchdogSec=6s\nRestartSec=100ms\nEnvironment=SLUICE_FAULT_HANG=/etc/sluice/hang\nExecStart=\nExecStart=/usr/local/bin/sluice-fault serve\n' >"$dropin/watchdog.conf"
	inside systemctl daemon-reload
	inside systemctl restart sluice.service
	before=$(show MainPID)
	sleep 13 # more than two of its terms
	same "a daemon that works is left alone by a watchdog of 6s" "$(show MainPID) $(show NRestarts)" "$before 0"
	: >"$work/root/etc/sluice/hang"
	if eventually restarted; then
		rm "$work/root/etc/sluice/hang"
		ok "one whose polling hangs says: $(inside journalctl -u sluice.service -o cat --no-pager | grep -m 1 'the daemon hangs')"
		ok "and is ended: $(inside journalctl -u sluice.service -o cat --no-pager | grep -m 1 -i 'watchdog timeout')"
	else
		rm "$work/root/etc/sluice/hang"
		why "one whose polling hangs is ended"
	fi
	if eventually inside sluice status --ready && [ "$(show MainPID)" != "$before" ]; then ok "and started again: $(show ActiveState), process $before, then $(show MainPID)"; else why "one that was ended is started again"; fi
	rm -r "$dropin" "$work/root/usr/local/bin/sluice-fault"
	inside systemctl daemon-reload
	inside systemctl restart sluice.service
}

step_restarts() {
	local asked=0 lost=0 first='' i failed_restarts=0
	inside systemctl stop sluice.service
	inside systemctl enable --now sluice.socket 2>/dev/null
	check "systemd takes the public port over" inside systemctl start sluice.service
	inside systemctl reset-failed sluice.service # starts are counted
	local askers=()
	for i in 1 2 3; do
		while [ ! -e "$work/enough" ]; do
			web -o /dev/null -w '%{http_code}\n' $feeds/all.atom 2>&1 | tail -n 1
		done >"$work/answers.$i" &
		askers+=($!)
	done
	for i in $(seq 60); do
		inside systemctl restart sluice.service 2>/dev/null || failed_restarts=$((failed_restarts + 1))
	done
	: >"$work/enough"
	wait "${askers[@]}"
	asked=$(cat "$work"/answers.* | wc -l)
	lost=$(cat "$work"/answers.* | grep -cvx 200)
	first=$(cat "$work"/answers.* | grep -vx 200 | sort | uniq -c | tr '\n' ' ')
	same "60 restarts: $asked requests meanwhile; restarts that failed and requests that were lost" "$failed_restarts $lost${first:+ ($first)}" "0 0"
	inside systemctl disable --now sluice.socket 2>/dev/null
	inside systemctl restart sluice.service
}

step_wrong() {
	inside systemctl reset-failed sluice.service
	echo 'sauces: []' >>"$work/root/$etc"
	if inside systemctl restart sluice.service 2>/dev/null; then not_ok "a start with a wrong configuration fails"; fi
	sleep 6 # longer than RestartSec
	same "a wrong configuration is no reason to start again and again" "$(show ActiveState) $(show ExecMainStatus) $(show NRestarts)" "failed 78 0"
	configure </dev/null
	check "the mended one starts" inside systemctl restart sluice.service
}

# A damaged store is tried again, because disks come back, but not without end; a copy mends it. Here five times are enough.
step_damage() {
	local dropin=$work/root/etc/systemd/system/sluice.service.d store=$work/root/var/lib/sluice/sluice.db said
	check "a copy is made beside the daemon" inside sluice backup /root/copy.db
	mkdir -p "$dropin"
	printf '[Unit]\nStartLimitBurst=5\n[Service]\nRestartSec=100ms\n' >"$dropin/damage.conf"
	inside systemctl daemon-reload
	inside systemctl stop sluice.service
	inside systemctl reset-failed sluice.service 2>/dev/null
	truncate -s 40000 "$store"
	inside journalctl --rotate >/dev/null 2>&1
	inside journalctl --vacuum-time=1s >/dev/null 2>&1
	inside systemctl start sluice.service 2>/dev/null
	eventually is Result start-limit-hit || eventually is ActiveState failed
	same "a damaged store is tried so often, and then no more: status, restarts" "$(show ActiveState) $(show ExecMainStatus) $(show NRestarts)" "failed 74 5"
	said=$(inside journalctl -u sluice.service --no-pager -o cat)
	same "each start says so in a line: $(grep -m 1 damaged <<<"$said")" "$(grep -c '^sluice: ' <<<"$said") $(grep -c goroutine <<<"$said")" "5 0"
	rm -r "$dropin"
	inside systemctl daemon-reload
	inside systemctl reset-failed sluice.service
	check "the copy takes its place" inside sluice restore --force /root/copy.db -c /$etc
	check "and the daemon starts" inside systemctl start sluice.service
	if web $feeds/all.atom 2>/dev/null | grep -q Harbour; then ok "with what it had"; else why "it serves what it had"; fi
	inside sh -c 'rm -f /root/copy.db /var/lib/sluice/sluice.db.2*'
}

step_upgrade() {
	local before sum
	before=$(show MainPID)
	sum=$(sha256sum <"$work/root/$etc")
	check "an upgrade" inside dpkg -i /sluice.deb
	eventually is ActiveState active
	if [ "$(show MainPID)" != "$before" ] && [ "$(code $feeds/all.atom)" = 200 ]; then ok "restarts the daemon: process $before, then $(show MainPID)"; else why "an upgrade restarts the daemon"; fi
	same "keeps a configuration that was changed" "$(sha256sum <"$work/root/$etc")" "$sum"
	inside systemctl stop sluice.service
	inside dpkg -i /sluice.deb >/dev/null 2>&1
	same "and leaves one that was stopped" "$(show ActiveState)" inactive
	inside systemctl start sluice.service
}

step_remove() {
	check "dpkg removes it" inside dpkg -r sluice
	same "the daemon is stopped" "$(inside systemctl is-active sluice.service)" inactive
	same "configuration and store are left" "$(inside stat -c %n /$etc /var/lib/sluice/sluice.db 2>&1 | tr '\n' ' ')" "/$etc /var/lib/sluice/sluice.db "
	check "it comes back with them" inside dpkg -i /sluice.deb
	eventually is ActiveState active
	if web $feeds/all.atom 2>/dev/null | grep -q Harbour; then ok "and serves what it had"; else why "what came back serves what it had"; fi
}

step_purge() {
	check "dpkg purges it" inside dpkg -P sluice
	inside find /etc /usr /var /root -xdev | sort >"$work/after"
	local left
	left=$(comm -13 "$work/before" "$work/after" | grep -v '^/var/log/\|^/var/lib/dpkg/\|^/var/cache/\|^/var/lib/systemd/\|^/etc/[a-z.-]*-$\|^/var/tmp/' | tr '\n' ' ')
	same "no file of it is left" "${left:-none}" none
	same "nor its user" "$(diff "$work/passwd" "$work/root/etc/passwd" >/dev/null && echo none)" none
	same "nor a unit" "$(inside systemctl list-units --all --no-legend 'sluice*' | wc -l)" 0
}
