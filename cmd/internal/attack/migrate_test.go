package attack_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// earlier is a store of an earlier format, with what there is in it.
type earlier struct {
	path     string
	articles map[string][]string // by guid
	outputs  map[string]string   // files
}

// newEarlier has the store of format 1 that the tests of the store have, too.
func newEarlier(t *testing.T) *earlier {
	t.Helper()
	e := &earlier{path: filepath.Join(t.TempDir(), "format-1.db")}
	f, err := os.Open(filepath.Join("..", "..", "..", "storage", "bolt", "testdata", "format-1.db.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err := errors.Join(err, f.Close(), os.WriteFile(e.path, content, 0o600)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := e.put(t, dir)
	e.outputs = outputs(t, config)
	e.articles = articles(t, store(dir))
	n := 0
	for _, ids := range e.articles { // two have no guid
		n += len(ids)
	}
	if n != 61 {
		t.Fatalf("%d articles in the store of format 1, want 61", n)
	}
	return e
}

// put gives a folder a copy of the store, and a configuration whose sources nobody polls.
func (e *earlier) put(t *testing.T, dir string) (config string) {
	t.Helper()
	copyFile(t, e.path, store(dir))
	text := fmt.Sprintf("server: {listen: %q, admin: \"\", base_url: \"https://feeds.example\"}\nstorage: {path: %q}\nsources:\n", "unix:"+filepath.Join(dir, "public"), store(dir))
	for _, name := range []string{"a", "b", "c"} {
		text += fmt.Sprintf("  - {name: %s, url: \"https://%[1]s.example/feed\", disabled: true}\n", name)
	}
	text += "outputs:\n  - {name: all, limit: 20}\n  - {name: single, dedup: article, order: published}\n  - {name: plain, from: [b], dedup: none}\n"
	config = filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config
}

// faults are what is wrong in a folder after a start that was attacked: the copy of before
// is whole or not there, the next start finishes, and then both are whole.
func (e *earlier) faults(t *testing.T, dir, config string) (faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	kept := store(dir) + ".v1.bak"
	whole := func(path, when string) {
		other := t.TempDir() // which is opened, and so becomes one of today's format
		config := e.put(t, other)
		copyFile(t, path, store(other))
		if got := do(t, program, "verify", "-c", config); got.status != 0 {
			fault("%s, %s: %v", filepath.Base(path), when, got)
		} else if found := articles(t, store(other)); !maps.EqualFunc(found, e.articles, slices.Equal) {
			fault("%s, %s: %d articles of %d", filepath.Base(path), when, len(found), len(e.articles))
		}
	}
	whole(store(dir), "after the attack")
	if _, err := os.Stat(kept); err == nil {
		whole(kept, "after the attack")
	}
	if len(faults) > 0 {
		return faults
	}
	if got := do(t, program, "verify", "-c", config); got.status != 0 {
		return []string{"the next start: " + got.String()}
	}
	whole(store(dir), "after the next start")
	if _, err := os.Stat(kept); err != nil {
		fault("there is no copy of before: %v", err)
	} else {
		whole(kept, "after the next start")
	}
	if left, err := filepath.Glob(store(dir) + ".tmp*"); err != nil || len(left) > 0 {
		fault("left behind: %v, %v", left, err)
	}
	return faults
}

// run has a start attacked at the n-th call, and judges what is left. It reports whether
// there was such a call.
func (e *earlier) run(t *testing.T, call, what string, n int) (attacked bool) {
	t.Helper()
	dir := t.TempDir()
	config := e.put(t, dir)
	got, attacked := inject(t, call, what, n, "sync", "--log-format=json", "-c", config)
	if !strings.HasPrefix(what, "signal=") && got.status != 0 {
		verdict(t, got)
		if !slices.Contains([]int{1, 73, 74, 77}, got.status) {
			t.Fatalf("%s of %s %d: %v", what, call, n, got)
		}
	}
	if faults := e.faults(t, dir, config); len(faults) > 0 {
		t.Fatalf("%s of %s %d: it ended with %v\n%s", what, call, n, got, strings.Join(faults, "\n"))
	}
	same(t, outputs(t, config), e.outputs)
	return attacked
}

// TestAStartThatMigratesIsAttackedAtEachCall kills a start that brings a store of format 1 to
// that of today, or has one of its calls fail: at some calls drawn at random, and in the long
// form at each that it makes.
func TestAStartThatMigratesIsAttackedAtEachCall(t *testing.T) {
	needs(t, "strace")
	e, draw := newEarlier(t), chance(t)
	dir := t.TempDir()
	most := mostCalls(t, calls, "sync", "-c", e.put(t, dir))
	type attack struct {
		call, what string
		n          int
	}
	var all []attack
	for _, call := range slices.Sorted(maps.Keys(most)) {
		for n := range most[call] {
			all = append(all, attack{call, "signal=KILL", n + 1})
			if call != "mmap" && call != "write" { // see TestEachCallFails
				all = append(all, attack{call, "error=EIO", n + 1}, attack{call, "error=ENOSPC", n + 1})
			}
		}
	}
	draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	made := map[string]int{}
	for _, a := range all[:min(attacks(t, 8), len(all))] {
		if e.run(t, a.call, a.what, a.n) {
			made[a.call+" "+a.what]++
		}
	}
	t.Logf("%v, out of %v", made, most)
	if len(made) == 0 {
		t.Error("no call was attacked")
	}
}

// TestAMigrationThatLosesSomethingIsFound is the control: what an attack may leave is made
// by hand.
func TestAMigrationThatLosesSomethingIsFound(t *testing.T) {
	e := newEarlier(t)
	content, err := os.ReadFile(e.path)
	if err != nil {
		t.Fatal(err)
	}
	half := bytes.TrimRight(content, "\x00") // it ends in a hole to grow into
	half = half[:len(half)/2]
	for name, spoil := range map[string]func(dir string) error{
		"half a copy of before":    func(dir string) error { return os.WriteFile(store(dir)+".v1.bak", half, 0o600) },
		"half a store":             func(dir string) error { return os.WriteFile(store(dir), half, 0o600) },
		"a store without anything": func(dir string) error { return os.Remove(store(dir)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config := e.put(t, dir)
			if err := spoil(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(store(dir)); err != nil { // it is made anew
				if got := do(t, program, "sync", "-c", config); got.status != 0 {
					t.Fatal(got)
				}
			}
			if faults := e.faults(t, dir, config); len(faults) == 0 {
				t.Error("no fault is found")
			}
		})
	}
}
