package attack_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inject runs the program under strace, which does something to the n-th of its calls of
// that name, and says whether there was such a call.
func inject(t *testing.T, call, what string, n int, args ...string) (got ended, done bool) {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace")
	got = do(t, "strace", append([]string{
		"-f", "-qq", "-o", log, "-e", "trace=" + call,
		"-e", fmt.Sprintf("inject=%s:%s:when=%d", call, what, n), program,
	}, args...)...)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return got, strings.Contains(string(text), "(INJECTED)") || strings.Contains(string(text), "+++ killed by SIGKILL")
}

// operation is what the program does while it is attacked.
type operation struct {
	args []string
	// prepare makes what is there before, in the folder, and returns the configuration.
	prepare func(t *testing.T, dir string) (config string)
	// judge looks at what is left, after judgement of the store. done: it ended as asked.
	judge func(t *testing.T, dir string, done bool)
}

// in is what the operation is called with. Names of files are written in capitals.
func (op operation) in(dir string) []string {
	args := slices.Clone(op.args)
	for i, arg := range args {
		if arg == strings.ToUpper(arg) && !strings.HasPrefix(arg, "-") {
			args[i] = filepath.Join(dir, arg)
		}
	}
	return args
}

// store is the path of the store that is attacked.
func store(dir string) string { return filepath.Join(dir, "sluice.db") }

// copyFile copies a file.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// grown is a store after several polls, and a publisher that has had more since. It is
// made once; each attack has a copy.
type grown struct {
	*publisher
	path string
	oracle
}

func newGrown(t *testing.T) *grown {
	t.Helper()
	g := &grown{publisher: newPublisher(t, 6), oracle: *newOracle()}
	dir := t.TempDir()
	g.path = store(dir)
	config := g.configure(t, dir, g.path)
	for range 4 {
		g.growAll(8)
		got := do(t, program, "sync", "--all", "--strict", "--log-format=json", "-c", config)
		if got.status != 0 {
			t.Fatalf("%v", got)
		}
		g.hears(got.err)
	}
	g.judge(t, config, g.path)
	g.growAll(8)
	return g
}

// operations are what is attacked, each with all that it may leave.
func (g *grown) operations() map[string]operation {
	fresh := func(t *testing.T, dir string) string {
		t.Helper()
		return g.configure(t, dir, store(dir))
	}
	kept := func(t *testing.T, dir string) string {
		t.Helper()
		copyFile(t, g.path, store(dir))
		return g.configure(t, dir, store(dir))
	}
	copied := func(t *testing.T, dir string) string {
		t.Helper()
		copyFile(t, g.path, filepath.Join(dir, "COPY"))
		return kept(t, dir)
	}
	whole := func(name string) func(t *testing.T, dir string, done bool) {
		return func(t *testing.T, dir string, done bool) {
			t.Helper()
			path := filepath.Join(dir, name)
			if _, err := os.Stat(path); os.IsNotExist(err) && !done {
				return // as it was before
			}
			other := t.TempDir()
			g.clone().judge(t, g.configure(t, other, path), path)
		}
	}
	return map[string]operation{
		"a first start": {[]string{"sync", "--all"}, fresh, nil},
		"a poll":        {[]string{"sync", "--all"}, kept, nil},
		"a compaction":  {[]string{"compact"}, kept, nil},
		"a backup":      {[]string{"backup", "BACKUP"}, kept, whole("BACKUP")},
		"a restore":     {[]string{"restore", "--force", "COPY"}, copied, whole("COPY")},
	}
}

// calls are the calls of the system at which it is decided what is on disk.
var calls = []string{"pwrite64", "fdatasync", "fsync", "ftruncate", "renameat", "openat", "mmap", "unlinkat", "write"}

// run attacks one operation at the n-th call, and judges what is left. It reports whether
// there was such a call.
func (g *grown) run(t *testing.T, name, call, what string, n int, want map[string]string) (attacked bool) {
	t.Helper()
	dir := t.TempDir()
	op := g.operations()[name]
	config := op.prepare(t, dir)
	got, attacked := inject(t, call, what, n, append(op.in(dir), "--log-format=json", "-c", config)...)
	o := g.clone()
	if name == "a first start" {
		clear(o.stored)
	}
	o.hears(got.err)
	if !strings.HasPrefix(what, "signal=") && got.status != 0 {
		verdict(t, got)
		if !slices.Contains([]int{1, 73, 74, 75, 77}, got.status) {
			t.Fatalf("ended with %v", got)
		}
	}
	o.judge(t, config, store(dir))
	if op.judge != nil {
		op.judge(t, dir, got.status == 0)
	}
	same(t, outputs(t, config), want)
	left, err := filepath.Glob(store(dir) + ".tmp*") // a start takes away what one before left
	if err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
	return attacked
}

// unattacked is what the outputs are where nothing happened.
func (g *grown) unattacked(t *testing.T) map[string]map[string]string {
	t.Helper()
	want := map[string]map[string]string{}
	for name, op := range g.operations() {
		dir := t.TempDir()
		want[name] = outputs(t, op.prepare(t, dir))
	}
	return want
}

// TestKilledAtEachCall kills the program at a call, drawn at random out of those that an
// operation makes.
func TestKilledAtEachCall(t *testing.T) {
	attackCalls(t, calls, "signal=KILL")
}

// TestEachCallFails has the calls fail instead: once, as a disk does that recovers.
func TestEachCallFails(t *testing.T) {
	// Without memory, and without the pipe that wakes it, Go ends a program whoever wrote it.
	calls := slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return call == "mmap" || call == "write" })
	attackCalls(t, calls, "error=EIO", "error=ENOSPC")
}

// made is how often an operation makes each call; see mostCalls.
func (g *grown) made(t *testing.T, name string, calls []string) map[string]int {
	t.Helper()
	dir := t.TempDir()
	op := g.operations()[name]
	config := op.prepare(t, dir)
	return mostCalls(t, calls, append(op.in(dir), "-c", config)...)
}

// mostCalls is how often the program makes each call, at most, in one of its threads: that
// is how strace counts.
func mostCalls(t *testing.T, calls []string, args ...string) map[string]int {
	t.Helper()
	log := filepath.Join(t.TempDir(), "strace")
	line := append([]string{"-f", "-qq", "-o", log, "-e", "trace=" + strings.Join(calls, ","), program}, args...)
	if got := do(t, "strace", line...); got.status != 0 {
		t.Fatalf("%v: %v", args, got)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	most, inThread := map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(text)) {
		thread, rest, _ := strings.Cut(line, " ")
		call, _, isCall := strings.Cut(strings.TrimSpace(rest), "(")
		if isCall && slices.Contains(calls, call) {
			inThread[thread+call]++
			most[call] = max(most[call], inThread[thread+call])
		}
	}
	return most
}

func attackCalls(t *testing.T, calls []string, whats ...string) {
	t.Helper()
	needs(t, "strace")
	g := newGrown(t)
	draw := chance(t)
	for name, want := range g.unattacked(t) {
		t.Run(name, func(t *testing.T) {
			most := g.made(t, name, calls)
			calls := slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return most[call] == 0 })
			made := map[string]int{}
			for tries, left := 0, attacks(t, 3); left > 0; {
				// Early calls are attacked as often as late ones: there are few of most kinds.
				call := calls[draw.IntN(len(calls))]
				n, what := 1+draw.IntN(1+draw.IntN(most[call])), whats[draw.IntN(len(whats))]
				if !g.run(t, name, call, what, n, want) { // several threads share them
					if tries++; tries > 50 {
						t.Fatalf("the calls are not made: %v", most)
					}
					continue
				}
				tries = 0
				made[fmt.Sprint(what, " ", call, " ", n)]++
				left--
			}
			t.Logf("out of %v, each so often in a thread: %v", most, made)
		})
	}
}
