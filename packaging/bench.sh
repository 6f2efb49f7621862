#!/usr/bin/env bash
# Runs the benchmarks that the table of figures is made of, and writes the table of all that
# were run: bench.sh PART ... Each part leaves what it printed in bin/bench, so that one can be
# measured again alone; what fails leaves nothing there, and what it printed in bin/failed.txt.
#
# $ROUNDS is how often, $STORES a folder for the stores of many articles, which keeps them for
# the next time; they are made once a call otherwise. $PAGE is the file of the page; none
# where it is empty. Sizes come in the variables that the benchmarks read.
set -eu -o pipefail
: "${GO:=go}" "${ROUNDS:=3}" "${STORES:=}" "${PAGE:=}" "${NOTE:=}"

if [ -z "$STORES" ]; then
	STORES=$(mktemp -d)
	trap 'rm -rf "$STORES"' EXIT
fi
export SLUICE_STORES="$STORES"

bench() { # BENCHMARKS BENCHTIME PACKAGE ...: all of a benchmark's rounds are lines of their own, so that the table can say how far they are apart
	local which=$1 long=$2
	shift 2
	"$GO" test -run='^$' -timeout=60m -p=1 -count="$ROUNDS" -bench="$which" -benchtime="$long" "$@"
}

turns=${PAGE:+20x} # of a round of serving: twenty take four minutes each time, and four are within a tenth
: "${turns:=4x}"

measure() { # PART
	case $1 in
	sweep) bench '^BenchmarkSweep|^BenchmarkParse' 1x ./cmd/internal/farm ;;
	serving) bench '^BenchmarkServing' "$turns" ./cmd/internal/cli ;;
	change) bench '^BenchmarkAChange' 100x ./feed/publish ;;
	near) bench '^BenchmarkNear(NewArticle|Index|Load)' 1s ./feed/dedup/near ./storage/bolt ;;
	growth) bench '^BenchmarkGrowth' 100x ./storage/bolt ;;
	start) bench '^BenchmarkStart' 2x ./cmd/internal/farm ;;
	memory) ROUNDS=1 bench '^BenchmarkMemory' 1x ./cmd/internal/farm ;;
	*)
		echo "there is no part \"$1\": want sweep, serving, change, near, growth, start or memory" >&2
		return 1
		;;
	esac
}

mkdir -p bin/bench
commit=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
for part; do
	began=$SECONDS
	measure "$part" | tee bin/failed.txt
	echo "measured $part $commit $((SECONDS - began))" >>bin/failed.txt
	mv bin/failed.txt "bin/bench/$part.txt"
done
cat bin/bench/*.txt | "$GO" run ./cmd/internal/farm/figures ${PAGE:+-o "$PAGE"} -note "$NOTE"
