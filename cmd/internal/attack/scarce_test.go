package attack_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fewFiles gives a daemon few files, and takes most of them by connections that say
// nothing. Whoever asks is answered all the same, sources are polled, and a daemon that has too
// few to accept anybody says so and ends.
func (g *grown) fewFiles(t *testing.T, want map[string]string) {
	t.Helper()
	few := func(n int) []string { return []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, n)} }
	dir, config, path := g.place(t)
	s := serve(t, dir, path, few(64)...)
	for range 200 {
		c, err := net.Dial("unix", filepath.Join(dir, "public"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }() // the daemon may have
	}
	s.within("nobody is answered beside who says nothing", func() bool { status, _ := s.feed("all.rss"); return status == http.StatusOK })
	if got := do(t, program, "sync", "--all", "-c", config); got.status != 0 {
		t.Errorf("sync beside who says nothing: %v", got)
	}
	if !strings.Contains(s.log.String(), "few files may be open") {
		t.Error("it does not say that it has few files")
	}
	s.stop()
	g.lost(t, config, path, want, s.log.String())

	served, refused := 0, 0
	for _, n := range []int{12, 47, 48} { // with fewer Go itself does not start
		s := launch(t, dir, path, few(n)...)
		s.within("it does neither serve nor end", func() bool { return !s.lives() || s.ready() == http.StatusOK })
		if s.lives() {
			served++
			s.feeds()
			s.stop()
			continue
		}
		refused++
		if line := verdict(t, s.end()); !strings.Contains(line, "ulimit -n") {
			t.Errorf("%d files: %s", n, line)
		}
	}
	if served != 1 || refused != 2 {
		t.Errorf("%d served and %d refused", served, refused)
	}
}

// littleMemory runs a daemon with the memory of a small machine, and rounds with less, until
// one is killed.
func (g *grown) littleMemory(t *testing.T, want map[string]string) {
	t.Helper()
	t.Run("a daemon", func(t *testing.T) {
		dir, config, path := g.place(t)
		s := serve(t, dir, path, memory(t, 128<<20)...)
		for _, args := range [][]string{{"sync", "--all"}, {"backup", filepath.Join(dir, "copy")}, {"compact"}, {"verify"}} {
			if got := do(t, program, append(args, "-c", config)...); got.status != 0 {
				t.Errorf("%v: %v", args, got)
			}
			s.feeds()
		}
		s.stop()
		g.lost(t, config, path, want, s.log.String())
	})
	t.Run("rounds", func(t *testing.T) {
		draw, killed := chance(t), 0
		for n := range attacks(t, 2) {
			size := 12 << 20
			if n > 0 {
				size += draw.IntN(48 << 20)
			}
			_, config, path := g.place(t)
			line := slices.Concat(memory(t, size), []string{program, "sync", "--all", "--log-format=json", "-c", config})
			got := do(t, line[0], line[1:]...)
			if got.status == -1 {
				killed++
			} else if got.status != 0 {
				t.Fatalf("%d KiB: %v", size>>10, got)
			}
			g.lost(t, config, path, want, got.err)
		}
		if killed == 0 {
			t.Error("none was killed: the test shows nothing")
		}
		t.Logf("%d rounds were killed", killed)
	})
}

// memory is a command that runs another with so many bytes of memory.
func memory(t *testing.T, bytes int) []string {
	t.Helper()
	root, limit := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat(filepath.Join(root, limit)); err != nil {
		if root, limit = "/sys/fs/cgroup", "memory.max"; os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+memory"), 0o600) != nil {
			t.Skip("no group with less memory can be made here")
		}
	}
	group, err := os.MkdirTemp(root, "sluice-test-") //nolint:usetesting // it is no folder of a disk
	if err != nil {
		t.Skip("no group with less memory can be made here: ", err)
	}
	t.Cleanup(func() { _ = os.Remove(group) }) // empty by then
	if err := os.WriteFile(filepath.Join(group, limit), []byte(fmt.Sprint(bytes)), 0o600); err != nil {
		t.Skip("memory cannot be bounded here: ", err)
	}
	return []string{"sh", "-c", `echo $$ >` + group + `/cgroup.procs && exec "$0" "$@"`}
}
