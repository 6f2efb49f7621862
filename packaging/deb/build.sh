#!/usr/bin/env bash
# Builds the Debian package: packaging/deb/build.sh [FOLDER], default bin. It prints
# the file that it wrote, and needs Go, dpkg-deb and the tree, nothing of the network
# beyond Go's modules.
#
# The same commit gives the same bytes, whoever builds it, when and where: every time
# in the package is the commit's (or $SOURCE_DATE_EPOCH), every order is the C locale's.
# Another architecture: GOARCH=arm64 packaging/deb/build.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C TZ=UTC DPKG_DEB_THREADS_MAX=1 # xz cuts what several threads pack
umask 022
GO=${GO:-go}

# Debian's name of Go's architecture.
architecture() {
	case $1 in
	386) echo i386 ;;
	arm) case $($GO env GOARM) in 7*) echo armhf ;; *) echo armel ;; esac ;;
	mipsle) echo mipsel ;;
	mips64le) echo mips64el ;;
	ppc64le) echo ppc64el ;;
	loong64) echo loong64 ;;
	amd64 | arm64 | riscv64 | s390x) echo "$1" ;;
	*) echo "deb: no Debian architecture is known for $1" >&2; exit 1 ;;
	esac
}

# What git knows of the tree: the commit, its time, and whether files were changed.
# A tree without git (an unpacked archive) has the time of its list of changes.
commit=$(git rev-parse HEAD 2>/dev/null || true)
if [ -n "$commit" ]; then
	epoch=${SOURCE_DATE_EPOCH:-$(git show -s --format=%ct HEAD)}
	changed=$(git status --porcelain | head -n 1)
	vcs=auto
else
	epoch=${SOURCE_DATE_EPOCH:-$(date -r CHANGELOG.md +%s)}
	changed= vcs=false
fi
export SOURCE_DATE_EPOCH=$epoch

# 1.2.3 of the tag v1.2.3; else what comes next, as one commit of it, which sorts before it.
base=$(sed -n 's/^var Version = "\([0-9.]*\).*/\1/p' cmd/internal/app/app.go)
[ -n "$base" ] || { echo "deb: cmd/internal/app/app.go has no version" >&2; exit 1; }
tag=
[ -z "$commit" ] || tag=$(git describe --exact-match --tags --match 'v[0-9]*' 2>/dev/null || true)
flags='-s -w'
if [ -n "$tag" ] && [ -z "$changed" ]; then
	version=${tag#v}
	flags="$flags -X sluice/cmd/internal/app.Version=$version"
else
	version="$base~git$(date -u -d "@$epoch" +%Y%m%d%H%M%S)${commit:+.${commit:0:8}}${changed:+.changed}"
fi
version=$version-1

arch=$(architecture "$($GO env GOARCH)")
out=$(mkdir -p "${1:-bin}" && cd "${1:-bin}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
put() { install -D -m "$1" "$2" "$root/$3"; } # MODE FILE PLACE

# The licences of what is linked in, which ask to be passed on with it.
licences() {
	{
		echo "Go $($GO env GOVERSION)	$($GO env GOROOT)"
		CGO_ENABLED=0 $GO list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}	{{.Dir}}{{end}}{{end}}' ./cmd/sluice
	} | sort -u | while IFS=$'\t' read -r module folder; do
		[ -n "$module" ] || continue
		find "$folder" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) | sort | while read -r file; do
			printf '\n==== %s: %s ====\n\n' "$module" "${file##*/}"
			cat "$file"
		done
	done
}

CGO_ENABLED=0 $GO build -trimpath -buildvcs=$vcs -ldflags "$flags" -o "$work/sluice" ./cmd/sluice
put 755 "$work/sluice" usr/bin/sluice

# Scripts for shells come from the program, on this machine whatever it is built for.
native=$work/sluice
if [ "$($GO env GOOS)/$($GO env GOARCH)" != "$($GO env GOHOSTOS)/$($GO env GOHOSTARCH)" ]; then
	native=$work/native
	CGO_ENABLED=0 GOOS= GOARCH= $GO build -o "$native" ./cmd/sluice
fi
for shell in bash zsh fish; do "$native" completion $shell >"$work/$shell"; done
put 644 "$work/bash" usr/share/bash-completion/completions/sluice
put 644 "$work/zsh" usr/share/zsh/vendor-completions/_sluice
put 644 "$work/fish" usr/share/fish/vendor_completions.d/sluice.fish

for unit in packaging/systemd/*.service packaging/systemd/*.socket packaging/systemd/*.timer; do
	put 644 "$unit" "usr/lib/systemd/system/${unit##*/}"
done
put 644 packaging/systemd/sluice.sysusers usr/lib/sysusers.d/sluice.conf
put 640 packaging/deb/config.yaml etc/sluice/config.yaml

for page in docs/man/*.[1-9]; do
	gzip -9n <"$page" >"$work/page"
	put 644 "$work/page" "usr/share/man/man${page##*.}/${page##*/}.gz"
done

doc=usr/share/doc/sluice
put 644 packaging/deb/copyright $doc/copyright
gzip -9n <CHANGELOG.md >"$work/changelog"
put 644 "$work/changelog" $doc/changelog.gz
maintainer=$(sed -n 's/^Maintainer: //p' packaging/deb/control.in)
printf 'sluice (%s) unstable; urgency=medium\n\n  * Built of %s;\n    what changed is in changelog.gz.\n\n -- %s  %s\n' \
	"$version" "${commit:+commit }${commit:-an archive}" "$maintainer" "$(date -u -R -d "@$epoch")" | gzip -9n >"$work/changelog.Debian"
put 644 "$work/changelog.Debian" $doc/changelog.Debian.gz
licences | gzip -9n >"$work/licences"
put 644 "$work/licences" $doc/licences-of-modules.gz
put 644 config.example.yaml $doc/examples/config.example.yaml
put 644 docs/example/feed.xml $doc/examples/feed.xml
for example in nginx/sluice.conf caddy/Caddyfile prometheus/sluice.rules.yml grafana/sluice.json; do
	put 644 "packaging/$example" "$doc/examples/$example"
done
for guide in docs/guide/*.md; do put 644 "$guide" "$doc/guide/${guide##*/}"; done
put 644 packaging/deb/lintian-overrides usr/share/lintian/overrides/sluice

mkdir "$root/DEBIAN"
for script in postinst prerm postrm; do put 755 packaging/deb/$script DEBIAN/$script; done
echo /etc/sluice/config.yaml >"$root/DEBIAN/conffiles"
(cd "$root" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
size=$(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%s\n' | awk '{n += int(($1 + 1023) / 1024)} END {print n}')
sed "s/@VERSION@/$version/; s/@ARCH@/$arch/; s/@SIZE@/$size/" packaging/deb/control.in >"$root/DEBIAN/control"

find "$root" -exec touch -h -d "@$epoch" {} +
file=$out/sluice_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >/dev/null
echo "$file"
