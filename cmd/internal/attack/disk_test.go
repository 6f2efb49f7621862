package attack_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// untilEnd is how long a daemon may live whose store cannot be written any more.
const untilEnd = 5 * time.Second

// TestAFailedCommitEndsTheDaemonInOrder has a call fail by which a daemon writes its store,
// once. From then on it must not write there, must say so while it still serves, and end;
// the next one goes on with all that was acknowledged.
func TestAFailedCommitEndsTheDaemonInOrder(t *testing.T) {
	needs(t, "strace")
	g, draw := newGrown(t), chance(t)
	want := g.polled(t)
	made := map[string]int{}
	for range attacks(t, 3) {
		call := []string{"fdatasync", "pwrite64"}[draw.IntN(2)]
		what := fmt.Sprintf("%s:error=%s:when=%d", call, []string{"EIO", "ENOSPC"}[draw.IntN(2)], 1+draw.IntN(4))
		made[what]++
		g.failCommit(t, what, want)
	}
	t.Logf("%v", made)
}

func (g *grown) failCommit(t *testing.T, what string, want map[string]string) {
	t.Helper()
	dir := shortDir(t)
	copyFile(t, g.path, store(dir))
	config := g.configure(t, dir, store(dir))
	o, had := g.clone(), len(articles(t, store(dir)))
	s := serve(t, dir, store(dir))
	before := s.feeds()
	x := s.attach("pwrite64,fdatasync,fsync,ftruncate,renameat,unlinkat,fadvise64", what)
	polled := make(chan ended, 1)
	go func() { polled <- do(t, program, "sync", "--all", "-c", config) }()

	s.within("no call fails: "+what, func() bool { failed, _ := writesAfterTheFault(x.lines(t), s.store); return failed })
	failed := time.Now()
	s.within("it is ready all the same", func() bool { return s.ready() == http.StatusServiceUnavailable })
	if why := s.why(); !strings.Contains(why, "not ready: ") || !strings.Contains(why, "store failed") {
		t.Errorf("/readyz says %q", why)
	}
	s.feeds() // are served meanwhile
	got := s.end()
	if took := s.at.Sub(failed); took > untilEnd {
		t.Errorf("it ended after %v, want at most %v", took, untilEnd)
	}
	if line := verdict(t, got); got.status != 74 || !strings.Contains(line, "start again") {
		t.Errorf("status %d, %s", got.status, line)
	}
	if e := <-polled; e.status != 74 || !strings.Contains(verdict(t, e), "store failed") {
		t.Errorf("who had it polled was told %v", e)
	}
	if _, writes := writesAfterTheFault(x.lines(t), s.store); len(writes) > 0 {
		t.Errorf("after %s it wrote:\n%s", what, strings.Join(writes, "\n"))
	}
	if !strings.Contains(strings.Join(x.lines(t), "\n"), "fadvise64(") {
		t.Error("the next start believes what the system remembers of the file")
	}

	o.hears(s.log.String())
	o.judge(t, config, s.store)
	lost := len(articles(t, s.store)) == had // what was written as the disk failed may be there
	again := serve(t, dir, s.store)
	if after := again.feeds(); lost {
		same(t, after, before)
	}
	again.stop()
	o.judge(t, config, s.store)
	same(t, outputs(t, config), want)
}

// carelessFileEnv has the test be a program that writes on after a failed fdatasync.
const carelessFileEnv = "SLUICE_TEST_CARELESS_FILE"

// TestWritesAfterAFaultAreSeen is the control of TestAFailedCommitEndsTheDaemonInOrder: a
// program that does not mind that the disk failed.
func TestWritesAfterAFaultAreSeen(t *testing.T) {
	if path := os.Getenv(carelessFileEnv); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			if _, err := f.WriteAt([]byte("page"), int64(n)*8192); err != nil {
				t.Fatal(err)
			}
			_ = syscall.Fdatasync(int(f.Fd())) // whatever it says
		}
		return
	}
	needs(t, "strace")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	x := traced{file: filepath.Join(t.TempDir(), "strace")}
	path := filepath.Join(t.TempDir(), "file")
	cmd := exec.Command("strace", "-f", "-y", "-qq", "-o", x.file, "-e", "trace=pwrite64,fdatasync",
		"-e", "inject=fdatasync:error=EIO:when=1", self, "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), carelessEnv+"=1", carelessFileEnv+"="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if failed, writes := writesAfterTheFault(x.lines(t), path); !failed || len(writes) < 2 {
		t.Errorf("of a program that writes on, %d writes are seen (failed: %v)", len(writes), failed)
	}
}
