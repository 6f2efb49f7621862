# What the shell tests of packaging share: a line a step, and what a run comes to.
# To be sourced by bash, after "set -u".

failed=0

# ok and not_ok report a step, with what was seen.
ok() { printf 'ok      %s\n' "$*"; }
not_ok() {
	printf 'not ok  %s\n' "$*"
	failed=$((failed + 1))
}

# skip ends a run that cannot be made here. Nothing was tested, and it says so.
skip() {
	printf 'skipped: %s\n' "$*"
	exit 0
}

# check STEP COMMAND...: the step is ok when the command succeeds; its last line is what was seen.
check() {
	local step=$1 seen status=0
	shift
	seen=$("$@" 2>&1) || status=$?
	seen=$(printf '%s' "$seen" | tail -n 1)
	if [ "$status" = 0 ]; then
		ok "$step${seen:+: $seen}"
	else
		not_ok "$step: status $status${seen:+, $seen}"
	fi
}

# finish ends a run with what it came to.
finish() {
	if [ "$failed" -gt 0 ]; then
		printf '%s: %d failed\n' "$1" "$failed"
		exit 1
	fi
	printf '%s: all passed\n' "$1"
}
