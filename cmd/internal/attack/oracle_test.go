package attack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sluice/storage/bolt"
)

// oracle knows what was acknowledged, which must be there whatever happened since.
type oracle struct {
	stored map[string]int    // of each source, how many items: the first so many
	ids    map[string]string // id of each article that was ever seen, by its guid
}

func newOracle() *oracle {
	return &oracle{stored: map[string]int{}, ids: map[string]string{}}
}

// clone returns one that knows the same.
func (o *oracle) clone() *oracle {
	return &oracle{maps.Clone(o.stored), maps.Clone(o.ids)}
}

// hears takes a log, once: what it says was stored. Publishers list all that they ever
// published, so what is stored of a source is its first items, and more than are added up
// here where somebody was killed before he could say so.
func (o *oracle) hears(log string) {
	for line := range strings.Lines(log) {
		var said struct {
			Msg, Source string
			New         int
		}
		if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "polled" {
			o.stored[said.Source] += said.New
		}
	}
}

// judge holds the store against what was acknowledged. The program must not be running.
func (o *oracle) judge(t *testing.T, config, path string) {
	t.Helper()
	if faults := o.faults(t, config, path); len(faults) > 0 {
		t.Fatalf("%d faults:\n%s", len(faults), strings.Join(faults, "\n"))
	}
}

// faults are what is wrong with the store, a line each.
func (o *oracle) faults(t *testing.T, config, path string) (faults []string) {
	t.Helper()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if _, err := os.Stat(path); os.IsNotExist(err) {
		if len(o.stored) > 0 {
			fault("the store is gone, and %d sources were acknowledged", len(o.stored))
		}
		return faults
	}
	if got := do(t, program, "verify", "-c", config); got.status != 0 {
		return []string{"verify: " + got.String()}
	}
	found := articles(t, path)
	for source, n := range o.stored {
		for i := 1; i <= n; i++ {
			if guid := fmt.Sprintf("%s-%d", source, i); len(found[guid]) == 0 {
				fault("%s was acknowledged and is not there", guid)
			}
		}
	}
	known := map[string]string{} // guid by id
	for guid, ids := range found {
		if len(ids) > 1 {
			fault("%s is there %d times", guid, len(ids))
		}
		for _, id := range ids {
			if other, twice := known[id]; twice {
				fault("%s and %s are one id, %s", guid, other, id)
			}
			known[id] = guid
			if before, seen := o.ids[guid]; seen && before != id {
				fault("%s was %s and is %s", guid, before, id)
			}
			o.ids[guid] = id
		}
	}
	return faults
}

// articles are the ids of what a store has, by guid.
func articles(t *testing.T, path string) map[string][]string {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	found := map[string][]string{}
	for seq := uint64(0); ; {
		page, err := s.After(t.Context(), seq, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return found
		}
		for _, a := range page {
			seq = a.Seq
			found[a.GUID] = append(found[a.GUID], a.ID)
		}
	}
}

// outputs polls everything, which must succeed, and returns the files of all outputs. It
// does so twice: the same content is the same bytes.
func outputs(t *testing.T, config string) map[string]string {
	t.Helper()
	var files [2]map[string]string
	for i := range files {
		dir := t.TempDir()
		if got := do(t, program, "sync", "--all", "--strict", "--out", dir, "-c", config); got.status != 0 {
			t.Fatalf("sync afterwards: %v", got)
		}
		files[i] = map[string]string{}
		names, err := filepath.Glob(filepath.Join(dir, "*.*"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%d files, %v", len(names), err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[i][filepath.Base(name)] = string(content)
		}
	}
	same(t, files[1], files[0])
	for name, content := range files[0] {
		files[0][name] = newsTimes.ReplaceAllString(content, "TIME")
	}
	return files[0]
}

// unnumbered are files without the numbers of the archives before them: what a daemon leaves
// to each depends on which polls came between two builds.
func unnumbered(files map[string]string) map[string]string {
	all := map[string]string{}
	for name, content := range files {
		all[name] = archiveNumbers.ReplaceAllString(content, "/archive/N")
	}
	return all
}

var archiveNumbers = regexp.MustCompile(`/archive/\d+`)

// newsTimes are the times at which something was first seen, all after what items are
// dated: those differ between two runs that are the same else.
var newsTimes = regexp.MustCompile(`[A-Z][a-z]{2}, \d{2} (?:Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d \+0000|\d{4}-(?:0[2-9]|1[0-2])-\d\dT\d\d:\d\d:\d\dZ`)

// same reports files that differ.
func same(t *testing.T, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for name, content := range want {
		if got[name] != content {
			t.Errorf("%s is another than without the attack:\n%s", name, firstDifference(got[name], content))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not there without the attack", name)
		}
	}
	t.FailNow()
}

func firstDifference(got, want string) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	around := func(s string) string { return s[max(0, min(at-80, len(s))):min(at+80, len(s))] }
	return fmt.Sprintf("at byte %d: got …%s…\nwant …%s…", at, around(got), around(want))
}
