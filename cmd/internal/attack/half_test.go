package attack_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluice/storage/bolt"
)

// parse reads a file as whoever gets it does; an error says that it is not whole.
func parse(t *testing.T, name string, content []byte) error {
	t.Helper()
	switch filepath.Ext(name) {
	case ".json":
		if !json.Valid(content) {
			return errors.New("no JSON")
		}
		return nil
	case ".html":
		if !bytes.HasSuffix(bytes.TrimSpace(content), []byte("</html>")) {
			return errors.New("the page does not end")
		}
		return nil
	case ".rss", ".atom":
		d, elements := xml.NewDecoder(bytes.NewReader(content)), 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) && elements > 0 {
				return nil
			}
			if err != nil {
				return err
			}
			if _, is := token.(xml.StartElement); is {
				elements++
			}
		}
	}
	path := filepath.Join(t.TempDir(), "copy")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	_, err := bolt.Examine(t.Context(), path, name)
	return err
}

// written are the files that somebody else may read at any time.
func written(dir string) []string {
	return []string{
		filepath.Join(dir, "www", "all.rss"), filepath.Join(dir, "www", "all.atom"), filepath.Join(dir, "www", "all.json"),
		filepath.Join(dir, "www", "all.html"), filepath.Join(dir, "backup"),
	}
}

// TestNobodySeesHalfAFile kills who writes files, again and again, while somebody reads
// them all the time. What was left behind is gone after a run that ends.
func TestNobodySeesHalfAFile(t *testing.T) {
	needs(t, "strace")
	g, draw := newGrown(t), chance(t)
	dir, config, path := g.place(t)
	writers := [][]string{{"sync", "--all", "--out", filepath.Join(dir, "www")}, {"backup", filepath.Join(dir, "backup")}, {"compact"}}
	calls := []string{"write", "pwrite64", "fsync", "fdatasync", "renameat", "openat", "unlinkat"}
	var most []map[string]int
	for _, args := range writers {
		most = append(most, mostCalls(t, calls, append(args, "-c", config)...)) // and so all are there
	}
	over, reads := make(chan struct{}), 0
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			for _, name := range written(dir) {
				content, err := os.ReadFile(name)
				if err == nil {
					err = parse(t, name, content)
				}
				if err != nil {
					t.Errorf("%s, of %d bytes: %v", name, len(content), err)
				}
				reads++
			}
			select {
			case <-over:
				return
			default:
			}
		}
	})
	kills := map[string]int{}
	o := g.clone()
	for range attacks(t, 3) * len(writers) {
		i := draw.IntN(len(writers))
		g.growAll(1)
		call := calls[draw.IntN(len(calls))]
		got, killed := inject(t, call, "signal=KILL", 1+draw.IntN(max(most[i][call], 1)), append(writers[i], "--log-format=json", "-c", config)...)
		if killed {
			kills[writers[i][0]]++
		} else if got.status != 0 {
			t.Fatalf("%v: %v", writers[i], got)
		}
		o.hears(got.err)
		o.judge(t, config, path) // a compacted store is whole, too
	}
	close(over)
	reader.Wait()
	t.Logf("killed: %v; files read meanwhile: %d", kills, reads)
	if len(kills) == 0 || reads < len(written(dir)) {
		t.Error("nobody was killed, or nothing was read: the test shows nothing")
	}
	swept(t, dir, config, writers)
}

// swept has each writer come to its end, long after the others were killed: nothing that
// they left may be there then.
func swept(t *testing.T, dir, config string, writers [][]string) {
	t.Helper()
	drafts := func() (names []string) {
		for _, pattern := range []string{filepath.Join(dir, ".sluice-*"), filepath.Join(dir, "www", ".sluice-*"), store(dir) + ".tmp*"} {
			found, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, found...)
		}
		return names
	}
	before := drafts()
	for _, folder := range []string{dir, filepath.Join(dir, "www")} { // at least one each, whoever was killed
		if err := os.WriteFile(filepath.Join(folder, ".sluice-LEFT.tmp"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * time.Hour)
	for _, name := range drafts() {
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range writers {
		if got := do(t, program, append(slices.Clone(args), "-c", config)...); got.status != 0 {
			t.Fatalf("%v: %v", args, got)
		}
	}
	if left := drafts(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	t.Logf("%d files had been left behind, and are gone", len(before))
}

// TestHalfAFileIsSeen is the control: of each file the half.
func TestHalfAFileIsSeen(t *testing.T) {
	g := newGrown(t)
	dir, config, _ := g.place(t)
	for _, args := range [][]string{{"sync", "--all", "--out", filepath.Join(dir, "www")}, {"backup", filepath.Join(dir, "backup")}} {
		if got := do(t, program, append(args, "-c", config)...); got.status != 0 {
			t.Fatal(got)
		}
	}
	for _, name := range written(dir) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := parse(t, name, content); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, part := range []int{0, len(content) / 2, len(content) - 20} {
			if strings.HasSuffix(name, "backup") && part > 0 {
				part = len(content) / 2 // it may end in a hole
			}
			if parse(t, name, content[:part]) == nil {
				t.Errorf("%s: %d of %d bytes pass for a whole file", name, part, len(content))
			}
		}
	}
}
