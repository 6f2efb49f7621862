package attack_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// damaged is a folder with a store, a copy of it from before it was damaged, and a
// configuration.
func (g *grown) damaged(t *testing.T) (dir, config, copied string) {
	t.Helper()
	dir = shortDir(t)
	copyFile(t, g.path, store(dir))
	config, copied = g.configure(t, dir, store(dir)), filepath.Join(dir, "copy")
	if got := do(t, program, "backup", copied, "-c", config); got.status != 0 {
		t.Fatalf("backup: %v", got)
	}
	return dir, config, copied
}

// mended puts the copy back, after which everything must be as if nothing had been.
func (g *grown) mended(t *testing.T, config, copied, path string, want map[string]string) {
	t.Helper()
	if got := do(t, program, "restore", "--force", copied, "-c", config); got.status != 0 {
		t.Fatalf("restore: %v", got)
	}
	g.clone().judge(t, config, path)
	same(t, outputs(t, config), want)
}

// TestADamagedStoreIsSaidInALineAndMended damages pages of a store: whatever looks at them
// says so in one line, and a backup mends it.
func TestADamagedStoreIsSaidInALineAndMended(t *testing.T) {
	g, draw := newGrown(t), chance(t)
	want := g.polled(t)
	wanted, noticed := attacks(t, 3), 0
	for tries := 0; noticed < wanted; tries++ {
		if tries == 20*(noticed+1) { // pages may be free, and then nobody reads them
			t.Fatalf("%d stores of %d were found to be damaged", noticed, tries)
		}
		said := false
		dir, config, copied := g.damaged(t)
		what := damage(t, store(dir), draw)
		for _, args := range [][]string{{"verify"}, {"sync", "--all"}, {"backup", filepath.Join(dir, "other")}, {"compact"}, {"status"}} {
			got := do(t, program, append(args, "--log-format=json", "-c", config)...)
			if !slices.Contains([]int{0, 1, 74}, got.status) || strings.Contains(got.err, "goroutine ") {
				t.Fatalf("%s: %v: %v", what, args, got)
			}
			if got.status == 74 {
				verdict(t, got)
				said = true
			}
		}
		s := launch(t, dir, store(dir))
		s.within("the daemon does neither serve nor end", func() bool { return !s.lives() || s.ready() == http.StatusOK })
		if s.lives() {
			s.stop()
		}
		if got := s.end(); got.status != 0 && (got.status != 74 || !strings.Contains(verdict(t, got), "restore")) {
			t.Fatalf("%s: %v", what, got)
		}
		g.mended(t, config, copied, store(dir), want)
		if said {
			noticed++
		}
	}
}

// damage spoils some pages of a file, and says how.
func damage(t *testing.T, path string, draw *rand.Rand) string {
	t.Helper()
	const page = 8192
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for range 4 {
		n := 2 + draw.IntN(len(content)/page-2)
		b := content[n*page : (n+1)*page]
		for len(bytes.Trim(b, "\x00")) == 0 { // nobody has written there yet
			n = 2 + draw.IntN(len(content)/page-2)
			b = content[n*page : (n+1)*page]
		}
		switch draw.IntN(3) {
		case 0:
			for i := range b {
				b[i] = 0xff
			}
			what = append(what, fmt.Sprintf("page %d is ones", n))
		case 1:
			clear(b)
			what = append(what, fmt.Sprintf("page %d is zero", n))
		default:
			at := draw.IntN(page * 8)
			b[at/8] ^= 1 << (at % 8)
			what = append(what, fmt.Sprintf("bit %d of page %d is another", at, n))
		}
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.Join(what, ", ")
}

// TestAStoreCutInHalfIsSaidInALineAndMended cuts the file, before a start and under a daemon
// that has it mapped: then what it reads beyond the end is a fault of the memory.
func TestAStoreCutInHalfIsSaidInALineAndMended(t *testing.T) {
	g := newGrown(t)
	want := g.polled(t)
	half := func(path string) {
		t.Helper()
		content, err := os.ReadFile(path)
		if err == nil { // of what is used: the file ends in a hole to grow into
			err = os.Truncate(path, int64(len(bytes.TrimRight(content, "\x00"))/2))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Run("before a start", func(t *testing.T) {
		dir, config, copied := g.damaged(t)
		half(store(dir))
		for _, args := range [][]string{{"serve"}, {"sync"}, {"verify"}, {"backup", filepath.Join(dir, "other")}, {"compact"}, {"status"}} {
			got := do(t, program, append(args, "--log-format=json", "-c", config)...)
			if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "restore a backup") {
				t.Errorf("%v: status %d, %s", args, got.status, line)
			}
		}
		g.mended(t, config, copied, store(dir), want)
	})
	t.Run("under a daemon", func(t *testing.T) {
		dir, config, copied := g.damaged(t)
		s := serve(t, dir, store(dir))
		half(store(dir))
		s.feeds() // need no store
		for _, path := range []string{"/status", "/status.json", "/metrics"} {
			if _, _, err := s.get(s.store+".sock", path); err != nil && s.lives() {
				t.Errorf("%s: %v", path, err)
			}
		}
		got := do(t, program, "sync", "--all", "--log-format=json", "-c", config)
		if got.status != 74 {
			t.Errorf("sync: %v", got)
		}
		verdict(t, got)
		if got := s.end(); got.status != 74 || !strings.Contains(verdict(t, got), "restore a backup") {
			t.Errorf("the daemon: %v", got)
		}
		g.mended(t, config, copied, store(dir), want)
	})
}

// TestAnEmptyFileIsNoStore has a file without content where the store should be: it is
// refused by all, and left as it is.
func TestAnEmptyFileIsNoStore(t *testing.T) {
	p := newPublisher(t, 1)
	dir := shortDir(t)
	config := p.configure(t, dir, store(dir))
	if err := os.WriteFile(store(dir), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"sync"}, {"verify"}, {"backup", filepath.Join(dir, "other")}, {"compact"}, {"status"}} {
		got := do(t, program, append(args, "-c", config)...)
		if line := verdict(t, got); got.status != 66 || !strings.Contains(line, "sluice restore") {
			t.Errorf("%v: status %d, %s", args, got.status, line)
		}
		if info, err := os.Stat(store(dir)); err != nil || info.Size() != 0 {
			t.Fatalf("%v: the file was changed: %v, %v", args, info, err)
		}
	}
}
