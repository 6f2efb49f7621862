#!/usr/bin/env bash
# Runs each fuzz target for $FUZZTIME. Targets are found, not listed: a new one cannot be
# forgotten. An input of interest is made small in a few tries, not for a minute: where a
# store's goroutines run, coverage is never twice the same.
#
# Go's fuzzer now and then takes the end of its own time for a fault of the target. Such an
# end names no input, and the target is run once more; an input that fails is a fault always.
set -eu -o pipefail
: "${GO:=go}" "${FUZZTIME:=30s}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT

once() { # TARGET FOLDER
	"$GO" test -run='^$' -fuzz="^$1\$" -fuzztime="$FUZZTIME" -fuzzminimizetime=20x "$2" </dev/null 2>&1 | tee "$log"
}

grep -roE '^func Fuzz[A-Za-z0-9_]+' --include='*_test.go' . | sed 's/:func / /' | sort -u | while read -r file target; do
	folder=$(dirname "$file")
	echo "$target in $folder"
	once "$target" "$folder" && continue
	if ! grep -qx ' *context deadline exceeded' "$log" || grep -q 'Failing input' "$log"; then
		exit 1
	fi
	echo "$target: the fuzzer took the end of its time for a fault; once more" >&2
	once "$target" "$folder"
done
