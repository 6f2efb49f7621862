#!/usr/bin/env bash
# Tests the Debian package without installing it: that it is the same bytes wherever it
# is built, that lintian and mandoc find nothing, and what is in it. The package is left
# in bin for the tests that install it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/report.sh

for tool in dpkg-deb go; do
	command -v $tool >/dev/null || skip "test-deb: $tool is not installed"
done

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# copy_tree FOLDER: what git would commit of this tree, with its history.
copy_tree() {
	mkdir -p "$1"
	if git rev-parse HEAD >/dev/null 2>&1; then
		git ls-files -z --cached --others --exclude-standard | (xargs -0 ls -d 2>/dev/null || true) | tar -cf - -T - | tar -xf - -C "$1"
		cp -a "$(git rev-parse --absolute-git-dir)" "$1/.git"
	else
		cp -a . "$1"
	fi
}

# Two folders, two umasks, and a compiler that has cached nothing of the first.
rm -f bin/sluice_*.deb
if ! first=$(packaging/deb/build.sh bin 2>"$work/log"); then
	not_ok "the package builds: $(tail -n 3 "$work/log")"
	finish test-deb
fi
ok "the package builds: ${first##*/}, $(stat -c %s "$first") bytes"
copy_tree "$work/elsewhere/sluice"
second=$(umask 077 && cd "$work/elsewhere/sluice" &&
	GOCACHE=$work/cache GOFLAGS=-modcacherw LC_ALL=C.UTF-8 TZ=Asia/Tokyo packaging/deb/build.sh "$work/out" 2>"$work/log") || not_ok "it builds elsewhere: $(tail -n 3 "$work/log")"
if [ -n "$second" ]; then
	binary() { dpkg-deb --fsys-tarfile "$1" | tar -xO ./usr/bin/sluice | sha256sum | cut -d ' ' -f 1; }
	one=$(binary "$first") other=$(binary "$second")
	if [ "$one" = "$other" ]; then ok "the program is the same bytes elsewhere: sha256 $one"; else not_ok "the program differs elsewhere: $one, $other"; fi
	one=$(sha256sum <"$first") other=$(sha256sum <"$second")
	if [ "$one" = "$other" ]; then ok "the package is the same bytes elsewhere: sha256 ${one%% *}"; else not_ok "the package differs elsewhere: ${one%% *}, ${other%% *}"; fi
fi

# A release is a tag, and a clean tree.
if [ -d "$work/elsewhere/sluice/.git" ]; then
	release=$(cd "$work/elsewhere/sluice" && git add -A && git -c user.name=test -c user.email=test@localhost commit -q --allow-empty -m release &&
		git -c user.name=test -c user.email=test@localhost tag v98.7.6 && packaging/deb/build.sh "$work/release" 2>"$work/log") || not_ok "a tag builds: $(tail -n 3 "$work/log")"
	dpkg-deb -x "$release" "$work/released"
	seen="$(dpkg-deb -f "$release" Version) $("$work/released/usr/bin/sluice" --version | cut -d ' ' -f 2)"
	if [ "$seen" = "98.7.6-1 98.7.6" ]; then ok "a tag is a release: $seen"; else not_ok "a tag is a release: $seen"; fi
	if dpkg --compare-versions "$(dpkg-deb -f "$first" Version)" lt "$(dpkg-deb -f "$release" Version)"; then ok "what is built of a commit comes before it"; else not_ok "what is built of a commit comes before it"; fi
fi

if command -v lintian >/dev/null; then
	check "lintian finds nothing that no override names" lintian --allow-root --fail-on error,warning "$first"
else
	echo "skipped: lintian is not installed"
fi
if command -v mandoc >/dev/null; then
	check "mandoc finds nothing in the manuals" mandoc -T lint -W warning docs/man/*.[1-9]
else
	echo "skipped: mandoc is not installed"
fi

dpkg-deb -x "$first" "$work/root"
dpkg-deb -e "$first" "$work/control"
for file in usr/bin/sluice etc/sluice/config.yaml usr/lib/sysusers.d/sluice.conf \
	usr/share/man/man1/sluice.1.gz usr/share/man/man5/sluice-config.5.gz \
	usr/share/bash-completion/completions/sluice usr/share/zsh/vendor-completions/_sluice usr/share/fish/vendor_completions.d/sluice.fish \
	usr/share/doc/sluice/copyright usr/share/doc/sluice/changelog.gz usr/share/doc/sluice/changelog.Debian.gz \
	usr/share/doc/sluice/examples/config.example.yaml; do
	[ -s "$work/root/$file" ] || not_ok "the package has no /$file"
done
for unit in packaging/systemd/*.service packaging/systemd/*.socket packaging/systemd/*.timer; do
	[ -s "$work/root/usr/lib/systemd/system/${unit##*/}" ] || not_ok "the package has no unit ${unit##*/}"
done
check "every file has its sum" sh -c "cd '$work/root' && md5sum --quiet -c '$work/control/md5sums'"
for script in postinst prerm postrm; do check "$script is a shell script" sh -n "$work/control/$script"; done
check "the configuration is right" sh -c "cd '$work' && '$work/root/usr/bin/sluice' check -c '$work/root/etc/sluice/config.yaml' 2>/dev/null"
check "the program needs no library" sh -c "! ldd '$work/root/usr/bin/sluice' >/dev/null 2>&1"
modules=$("$work/root/usr/bin/sluice" version --json | tr ',' '\n' | grep -c '"module"\|{"module"')
licences=$(zcat "$work/root/usr/share/doc/sluice/licences-of-modules.gz" | sed -n 's/^==== \([^ ]*\) [^ ]*: .* ====$/\1/p' | sort -u | grep -vc '^Go$')
if [ "$modules" = "$licences" ]; then ok "the licences of all modules are there: $licences"; else not_ok "of $modules modules the licences of $licences are there"; fi

finish test-deb
